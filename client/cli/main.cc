// lsmkv: the command line client.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "client/cli/app.h"
#include "client/cli/terminal_editor.h"
#include "lsmkv/client/client.h"

namespace {

using lsmkv::cli::App;
using lsmkv::cli::Settings;

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

// LSMKV_HISTORY, where empty means none; otherwise a file at home.
std::string HistoryPath() {
  if (const auto path = FromEnvironment("LSMKV_HISTORY")) return *path;
  const auto home = FromEnvironment("HOME");
  return home.has_value() ? *home + "/.lsmkv_history" : "";
}

std::shared_ptr<lsmkv::client::Connection> Connect(const Settings& settings) {
  lsmkv::client::ConnectionOptions options;
  options.endpoint = settings.endpoint;
  options.user_agent = std::string("lsmkv-cli/") + LSMKV_VERSION;
  if (settings.timeout.has_value() && settings.timeout->count() > 0) {
    options.connect_timeout =
        std::min(options.connect_timeout, *settings.timeout);
  }
  return lsmkv::client::MakeConnection(options);
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // A reader that goes away, such as head, ends us without a word.
  signal(SIGPIPE, SIG_DFL);
  // Errors are ours to report; gRPC would add lines of its own.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);

  App app;
  app.io.in = &std::cin;
  app.io.out = &std::cout;
  app.io.err = &std::cerr;
  app.io.in_is_terminal = isatty(STDIN_FILENO) != 0;
  app.io.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  app.io.err_is_terminal = isatty(STDERR_FILENO) != 0;
  app.environment = FromEnvironment;
  app.connect = Connect;
  app.make_editor = [&app] {
    return lsmkv::cli::MakeTerminalEditor(HistoryPath(),
                                          app.io.out_is_terminal);
  };
  return static_cast<int>(
      RunApp(app, std::vector<std::string>(argv + 1, argv + argc)));
}
