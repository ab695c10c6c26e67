// lsmkvd: configuration, then one Server and signals, or a salvage.

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "absl/synchronization/mutex.h"

#include "service/config/server_config.h"
#include "service/observability/logger.h"
#include "service/salvage_command.h"
#include "service/server.h"

namespace {

using lsmkv::service::ParsedConfig;
using lsmkv::service::Server;

enum ExitCode { kFailureExitCode = 1, kCorruptExitCode = 9 };
// What the shutdown may take beyond the time that calls are given.
constexpr int kCloseTimeoutSeconds = 30;

// Every thread inherits the mask, so signals come to those who wait for them.
sigset_t BlockSignals() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file too large is an error of the write
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

// Ends the process on a second signal, or where the shutdown hangs. Every
// write that was acknowledged is as safe as after a kill -9.
void GuardShutdown(sigset_t set, timespec longest) {
  std::thread([set, longest] {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(longest.tv_sec);
    int number = -1;
    do {  // a process that was stopped and goes on sees EINTR
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(
          end - std::chrono::steady_clock::now());
      const timespec wait{std::max<time_t>(left.count(), 0), 0};
      number = sigtimedwait(&set, nullptr, &wait);
    } while (number < 0 && errno == EINTR);
    std::fputs("lsmkvd: ending at once\n", stderr);
    _exit(number > 0 ? 128 + number : kFailureExitCode);
  }).detach();
}

int Serve(const ParsedConfig& parsed) {
  const sigset_t signals = BlockSignals();
  const auto& config = parsed.config;
  lsmkv::service::Logger logger(config.log_format, config.log_level);
  auto server = Server::Start(config, &logger);
  if (!server.ok()) {
    std::fprintf(stderr, "lsmkvd: %s\n",
                 std::string(server.status().message()).c_str());
    return absl::IsDataLoss(server.status()) ? kCorruptExitCode
                                             : kFailureExitCode;
  }
  std::printf("%s\n", (*server)->ReadyLine().c_str());
  std::fflush(stdout);
  int number = 0;
  sigwait(&signals, &number);
  const auto timeout = std::chrono::milliseconds(config.shutdown_timeout_ms);
  GuardShutdown(signals, {timeout.count() / 1000 + kCloseTimeoutSeconds, 0});
  return (*server)->Shutdown(timeout).ok() ? 0 : kFailureExitCode;
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const ParsedConfig parsed =
      lsmkv::service::ParseConfig(argc, argv, std::getenv);
  for (const std::string& problem : parsed.problems) {
    std::fprintf(stderr, "lsmkvd: %s\n", problem.c_str());
  }
  std::fputs(parsed.output.c_str(), stdout);
  if (parsed.exit_code) return *parsed.exit_code;
  if (parsed.salvage) {
    return lsmkv::service::RunSalvage(*parsed.salvage, parsed.config,
                                      &std::cout, &std::cerr);
  }
  return Serve(parsed);
}
