#include "client/cli/data_commands.h"

#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "client/cli/escape.h"
#include "client/cli/json.h"
#include "client/cli/range_args.h"
#include "client/cli/records.h"
#include "client/cli/utf8.h"

namespace lsmkv::cli {
namespace {

// No server takes a value near this; it only bounds what is read for one.
constexpr size_t kStdinBytesMax = size_t{1} << 30;

// The answer to a write: OK, or the key and the version it got.
ExitCode AnswerWrite(CommandContext& context, std::string_view key,
                     uint64_t version) {
  if (!context.is_json()) return context.Answer("OK");
  return context.Answer(FormatJsonRecord(key, nullptr, version));
}

absl::StatusOr<std::string> ReadAll(std::istream& in) {
  std::string bytes;
  char chunk[1 << 16];
  while (in.good()) {
    in.read(chunk, sizeof(chunk));
    bytes.append(chunk, static_cast<size_t>(in.gcount()));
    if (bytes.size() > kStdinBytesMax) {
      return absl::InvalidArgumentError("the value on stdin is over 1 GiB");
    }
  }
  if (in.bad()) return absl::UnknownError("stdin could not be read");
  return bytes;
}

// The value argument of set, or what stdin holds.
absl::StatusOr<std::string> ReadValue(CommandContext& context,
                                      const ParsedArgs& args) {
  const auto& words = args.positionals;
  const bool has_dash =
      words.size() == 2 && words[1].text == "-" && !words[1].literal;
  if (!has_dash && !args.Has("stdin")) {
    if (words.size() == 2) return context.Value(words[1]);
    return absl::InvalidArgumentError("a value is missing");
  }
  if (words.size() == 2 && !has_dash) {
    return absl::InvalidArgumentError("--stdin excludes a value");
  }
  if (context.in_prompt) {
    return absl::InvalidArgumentError(
        "stdin holds the commands here; write \"-\" to store a dash");
  }
  absl::StatusOr<std::string> bytes = ReadAll(*context.io.in);
  if (!bytes.ok()) return bytes;
  return context.Value({*std::move(bytes), true});
}

ExitCode RunSet(CommandContext& context, const ParsedArgs& args) {
  client::CallOptions options;
  if (absl::Status s = ApplyDurability(args, &options); !s.ok()) {
    return context.Usage(std::string(s.message()));
  }
  const absl::StatusOr<std::string> key = context.Key(args.positionals[0]);
  if (!key.ok()) return context.Fail(key.status());
  const absl::StatusOr<std::string> value = ReadValue(context, args);
  if (!value.ok()) return context.Usage(std::string(value.status().message()));
  const absl::StatusOr<uint64_t> version =
      context.Client().Put(*key, *value, options);
  if (!version.ok()) return context.Fail(version.status());
  return AnswerWrite(context, *key, *version);
}

// May go to a terminal without steering it.
bool IsPlainText(std::string_view bytes) {
  while (!bytes.empty()) {
    const Utf8Char next = DecodeUtf8(bytes);
    if (next.size_bytes == 0) return false;
    if (IsControl(next.code_point) && next.code_point != '\n' &&
        next.code_point != '\t') {
      return false;
    }
    bytes.remove_prefix(next.size_bytes);
  }
  return true;
}

ExitCode AnswerValue(CommandContext& context, const std::string& value) {
  std::ostream& out = *context.io.out;
  const Encoding encoding =
      context.settings.value_encoding.value_or(Encoding::kRaw);
  if (context.in_prompt && context.io.out_is_terminal &&
      !context.settings.value_encoding.has_value() && !IsPlainText(value)) {
    out << Escape(value);
  } else {
    out << Encode(encoding, value);
  }
  if (context.in_prompt || context.io.out_is_terminal) out << '\n';
  return context.Finish();
}

ExitCode RunGet(CommandContext& context, const ParsedArgs& args) {
  const absl::StatusOr<std::string> key = context.Key(args.positionals[0]);
  if (!key.ok()) return context.Fail(key.status());
  const absl::StatusOr<client::Value> value = context.Client().Get(*key);
  if (absl::IsNotFound(value.status())) {
    // In the prompt that is an answer like any other.
    if (context.in_prompt) return context.Answer("Key not found");
    *context.io.err << "Key not found\n" << std::flush;
    return ExitCode::kNotFound;
  }
  if (!value.ok()) return context.Fail(value.status());
  if (!context.is_json()) return AnswerValue(context, value->data);
  const std::string_view data = value->data;
  return context.Answer(FormatJsonRecord(*key, &data, value->version));
}

ExitCode RunDelete(CommandContext& context, const ParsedArgs& args) {
  client::CallOptions options;
  if (absl::Status s = ApplyDurability(args, &options); !s.ok()) {
    return context.Usage(std::string(s.message()));
  }
  const absl::StatusOr<std::string> key = context.Key(args.positionals[0]);
  if (!key.ok()) return context.Fail(key.status());
  const absl::StatusOr<uint64_t> version =
      context.Client().Delete(*key, options);
  if (!version.ok()) return context.Fail(version.status());
  return AnswerWrite(context, *key, *version);
}

// Asks on a terminal; elsewhere only --yes is a yes.
bool Confirmed(CommandContext& context, const ParsedArgs& args,
               const std::string& question) {
  if (args.Has("yes")) return true;
  if (!context.io.in_is_terminal) return false;
  *context.io.err << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(*context.io.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

ExitCode RunDeleteRange(CommandContext& context, const ParsedArgs& args) {
  client::CallOptions options;
  if (absl::Status s = ApplyDurability(args, &options); !s.ok()) {
    return context.Usage(std::string(s.message()));
  }
  const absl::StatusOr<client::KeyRange> range = RangeOf(context, args);
  if (!range.ok()) return context.Usage(std::string(range.status().message()));
  const bool is_all = *range == client::KeyRange::All();
  if (is_all && !args.Has("all")) {
    return context.Usage("no bounds: give --all to delete everything");
  }
  if (!is_all && args.Has("all")) {
    return context.Usage("--all excludes a range");
  }
  if (!Confirmed(context, args, "Delete " + DescribeRange(*range) + "?")) {
    return context.Usage("not confirmed: give --yes to delete " +
                         DescribeRange(*range));
  }
  const absl::StatusOr<uint64_t> version =
      context.Client().DeleteRange(*range, is_all, options);
  if (!version.ok()) return context.Fail(version.status());
  if (!context.is_json()) return context.Answer("OK");
  return context.Answer(JsonObject().Uint64("version", *version).Close());
}

}  // namespace

std::vector<Command> DataCommands() {
  return {
      {"set",
       {"put"},
       "<key> <value>|-",
       "Insert or update a key; - reads the value from stdin, byte for byte",
       1,
       2,
       {{"stdin", 0, "", "read the value from stdin"}, kDurabilityOption},
       RunSet},
      {"get", {}, "<key>", "Print the value of a key", 1, 1, {}, RunGet},
      {"delete",
       {"del"},
       "<key>",
       "Delete a key; no error if it is absent",
       1,
       1,
       {kDurabilityOption},
       RunDelete},
      {"delete-range",
       {},
       "[<start> [<end>]]",
       "Delete every key in [start, end), or with a prefix",
       0,
       2,
       {kPrefixOption,
        {"all", 0, "", "delete every key there is"},
        {"yes", 'y', "", "do not ask"},
        kDurabilityOption},
       RunDeleteRange},
  };
}

}  // namespace lsmkv::cli
