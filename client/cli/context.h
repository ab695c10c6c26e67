// What a command runs in: its streams, its settings, its connection.
//
// Commands write to streams they are given and return an exit code, so that
// tests need no process. One thread runs one command at a time.

#ifndef LSMKV_CLIENT_CLI_CONTEXT_H_
#define LSMKV_CLIENT_CLI_CONTEXT_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/cli/args.h"
#include "client/cli/encoding.h"
#include "client/cli/exit_code.h"
#include "lsmkv/client/client.h"

namespace lsmkv::cli {

// The streams outlive every user.
struct Io {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;  // data only
  std::ostream* err = nullptr;  // everything else
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

enum class OutputFormat { kText, kJson, kNdjson };

// What the options that every command takes say.
struct Settings {
  std::string endpoint = client::kDefaultEndpoint;
  std::optional<std::chrono::milliseconds> timeout;  // 0: none
  OutputFormat output = OutputFormat::kText;
  std::optional<Encoding> key_encoding;
  std::optional<Encoding> value_encoding;
};

// The options every command takes; --endpoint only outside the prompt.
const std::vector<OptionSpec>& CommonOptions();

// Takes over what `args` say. INVALID_ARGUMENT names the bad option.
absl::Status ApplyOptions(const ParsedArgs& args, Settings* settings);

// The environment: LSMKV_ENDPOINT, LSMKV_TIMEOUT, LSMKV_OUTPUT and so on.
using Environment =
    std::function<std::optional<std::string>(const std::string& name)>;
absl::Status ApplyEnvironment(const Environment& environment,
                              Settings* settings);

using ConnectionFactory =
    std::function<std::shared_ptr<client::Connection>(const Settings&)>;

// One command's surroundings.
class CommandContext {
 public:
  // `connection` is the session's, null until it is needed; it and `connect`
  // outlive the context.
  CommandContext(const Io& streams, Settings chosen,
                 std::shared_ptr<client::Connection>* connection,
                 const ConnectionFactory& connect)
      : io(streams),
        settings(std::move(chosen)),
        connection_(connection),
        connect_(connect) {}

  // Connects if this session has not done so yet.
  client::Client Client();

  absl::StatusOr<std::string> Key(const Token& word) const;
  absl::StatusOr<std::string> Value(const Token& word) const;

  bool is_json() const { return settings.output != OutputFormat::kText; }

  // Prints `status` to io.err, and says what to exit with.
  ExitCode Fail(const absl::Status& status);
  // The same for a command that was written wrongly.
  ExitCode Usage(const std::string& what);
  // The same for trouble of this machine, such as a file that is not there.
  ExitCode Trouble(const std::string& what);
  // Writes one line of output.
  ExitCode Answer(const std::string& line);
  // Pushes the output out: kOther if it could not be written.
  ExitCode Finish();

  const Io io;
  const Settings settings;
  bool in_prompt = false;
  std::string command_name;  // for messages
  uint64_t script_line = 0;  // of a script on stdin; 0: there is none
  bool exit_requested = false;

 private:
  std::ostream& ErrorPrefix();

  std::shared_ptr<client::Connection>* const connection_;
  const ConnectionFactory& connect_;
};

// Parses --durability, an option of the commands that write.
inline constexpr OptionSpec kDurabilityOption = {
    "durability", 0, "sync|interval|os",
    "how durable before the answer; default: the server's"};
absl::Status ApplyDurability(const ParsedArgs& args,
                             client::CallOptions* options);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_CONTEXT_H_
