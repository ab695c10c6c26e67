#include "client/cli/context.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "client/cli/escape.h"

namespace lsmkv::cli {
namespace {

absl::Status BadOption(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

// "500ms", "10s", "2m"; a bare number means seconds.
absl::StatusOr<std::chrono::milliseconds> ParseTimeout(
    const std::string& text) {
  const bool is_number =
      !text.empty() &&
      text.find_first_not_of("0123456789.") == std::string::npos;
  absl::Duration duration;
  if (!absl::ParseDuration(is_number ? text + "s" : text, &duration) ||
      duration < absl::ZeroDuration() || duration > absl::Hours(24 * 365)) {
    return BadOption(
        "--timeout must be a duration such as 500ms or 10s, not '" +
        Escape(text) + "'");
  }
  auto timeout = absl::ToChronoMilliseconds(duration);
  // Less than a millisecond is not "none".
  if (timeout.count() == 0 && duration > absl::ZeroDuration()) {
    timeout = std::chrono::milliseconds(1);
  }
  return timeout;
}

absl::StatusOr<OutputFormat> ParseOutput(const std::string& text) {
  if (text == "text") return OutputFormat::kText;
  if (text == "json") return OutputFormat::kJson;
  if (text == "ndjson") return OutputFormat::kNdjson;
  return BadOption("--output must be text, json or ndjson, not '" +
                   Escape(text) + "'");
}

absl::Status ApplyEncoding(const std::string& option, const std::string& text,
                           std::optional<Encoding>* out) {
  const absl::StatusOr<Encoding> encoding = ParseEncoding(text);
  if (!encoding.ok()) {
    return BadOption("--" + option + ": " +
                     std::string(encoding.status().message()));
  }
  *out = *encoding;
  return absl::OkStatus();
}

// HOST:PORT or [IPV6]:PORT. gRPC would take a larger port modulo 65536, and
// anything else for a name to look up.
bool IsEndpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  const int number = std::stoi(port);
  return number >= 1 && number <= 65535;
}

absl::Status ApplyOption(const std::string& name, const std::string& value,
                         Settings* settings) {
  if (name == "endpoint") {
    if (!IsEndpoint(value)) {
      return BadOption("--endpoint must be HOST:PORT, not '" + Escape(value) +
                       "'");
    }
    settings->endpoint = value;
  } else if (name == "timeout") {
    const auto timeout = ParseTimeout(value);
    if (!timeout.ok()) return timeout.status();
    settings->timeout = *timeout;
  } else if (name == "output") {
    const absl::StatusOr<OutputFormat> output = ParseOutput(value);
    if (!output.ok()) return output.status();
    settings->output = *output;
  } else if (name == "key-encoding") {
    return ApplyEncoding(name, value, &settings->key_encoding);
  } else if (name == "value-encoding") {
    return ApplyEncoding(name, value, &settings->value_encoding);
  }
  return absl::OkStatus();
}

// --key-encoding becomes LSMKV_KEY_ENCODING.
std::string EnvironmentName(std::string_view option) {
  std::string name = "LSMKV_";
  for (const char c : option) {
    name.push_back(c == '-' ? '_' : static_cast<char>(c - 'a' + 'A'));
  }
  return name;
}

absl::StatusOr<std::string> DecodeWord(const char* what,
                                       std::optional<Encoding> encoding,
                                       const Token& word) {
  absl::StatusOr<std::string> bytes =
      Decode(encoding.value_or(Encoding::kRaw), word.text);
  if (bytes.ok()) return bytes;
  return BadOption(std::string("the ") + what + ": " +
                   std::string(bytes.status().message()));
}

}  // namespace

const std::vector<OptionSpec>& CommonOptions() {
  static const auto* const kOptions = new std::vector<OptionSpec>{
      {"endpoint", 0, "HOST:PORT", "the server; default 127.0.0.1:50051"},
      {"timeout", 0, "DURATION",
       "longest time of a call, such as 500ms or 10s; 0: none"},
      {"output", 'o', "text|json|ndjson", "form of the output"},
      {"key-encoding", 0, "raw|hex|base64|escaped",
       "how keys are written in arguments and text output"},
      {"value-encoding", 0, "raw|hex|base64|escaped", "the same for values"},
      {"help", 'h', "", "explain the command"},
  };
  return *kOptions;
}

absl::Status ApplyOptions(const ParsedArgs& args, Settings* settings) {
  for (const OptionSpec& option : CommonOptions()) {
    const std::optional<std::string> value = args.Get(option.name);
    if (!value.has_value()) continue;
    absl::Status s = ApplyOption(std::string(option.name), *value, settings);
    if (!s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status ApplyEnvironment(const Environment& environment,
                              Settings* settings) {
  for (const OptionSpec& option : CommonOptions()) {
    if (option.value_name.empty()) continue;
    const std::string name = EnvironmentName(option.name);
    const std::optional<std::string> value = environment(name);
    if (!value.has_value() || value->empty()) continue;
    const absl::Status s =
        ApplyOption(std::string(option.name), *value, settings);
    if (!s.ok()) {
      return BadOption("environment " + name + ": " + std::string(s.message()));
    }
  }
  return absl::OkStatus();
}

client::Client CommandContext::Client() {
  if (*connection_ == nullptr) *connection_ = connect_(settings);
  client::CallOptions options;
  options.timeout = settings.timeout;
  options.long_timeout = settings.timeout;
  return client::Client(*connection_, options);
}

absl::StatusOr<std::string> CommandContext::Key(const Token& word) const {
  return DecodeWord("key", settings.key_encoding, word);
}

absl::StatusOr<std::string> CommandContext::Value(const Token& word) const {
  return DecodeWord("value", settings.value_encoding, word);
}

std::ostream& CommandContext::ErrorPrefix() {
  io.out->flush();
  *io.err << (in_prompt ? "error: " : "lsmkv: ");
  if (script_line != 0) *io.err << "line " << script_line << ": ";
  if (!command_name.empty()) *io.err << command_name << ": ";
  return *io.err;
}

ExitCode CommandContext::Fail(const absl::Status& status) {
  const std::string code = absl::StatusCodeToString(status.code());
  std::ostream& err = ErrorPrefix();
  err << std::string(status.message()) << " (" << code << ")\n" << std::flush;
  return ExitCodeOf(status);
}

ExitCode CommandContext::Usage(const std::string& what) {
  std::ostream& err = ErrorPrefix();
  err << what << "\n";
  if (!command_name.empty()) {
    err << (in_prompt ? "Try: help " : "Try: lsmkv help ") << command_name
        << "\n";
  }
  err << std::flush;
  return ExitCode::kUsage;
}

ExitCode CommandContext::Trouble(const std::string& what) {
  ErrorPrefix() << what << "\n" << std::flush;
  return ExitCode::kOther;
}

ExitCode CommandContext::Answer(const std::string& line) {
  *io.out << line << '\n';
  return Finish();
}

ExitCode CommandContext::Finish() {
  io.out->flush();
  if (io.out->good()) return ExitCode::kOk;
  return Trouble("the output could not be written");
}

absl::Status ApplyDurability(const ParsedArgs& args,
                             client::CallOptions* options) {
  const std::optional<std::string> text = args.Get("durability");
  if (!text.has_value()) return absl::OkStatus();
  if (*text == "sync") {
    options->durability = client::Durability::kSync;
  } else if (*text == "interval") {
    options->durability = client::Durability::kInterval;
  } else if (*text == "os") {
    options->durability = client::Durability::kOs;
  } else {
    return BadOption("--durability must be sync, interval or os, not '" +
                     Escape(*text) + "'");
  }
  return absl::OkStatus();
}

}  // namespace lsmkv::cli
