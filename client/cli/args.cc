#include "client/cli/args.h"

#include <charconv>

#include "client/cli/escape.h"
#include "client/cli/suggest.h"

namespace lsmkv::cli {
namespace {

absl::Status Bad(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

bool LooksLikeOption(const Token& word) {
  if (word.literal || word.text.size() < 2 || word.text[0] != '-') return false;
  return word.text[1] < '0' || word.text[1] > '9';
}

}  // namespace

// Reads one option at a time.
class ArgsParser {
 public:
  ArgsParser(const std::vector<Token>& words,
             const std::vector<OptionSpec>& options, size_t* at)
      : words_(words), options_(options), at_(*at) {}

  absl::Status ReadOption(ParsedArgs* args);

 private:
  const OptionSpec* Find(std::string_view name) const;
  const OptionSpec* Find(char letter) const;
  absl::Status Unknown(std::string_view word) const;

  const std::vector<Token>& words_;
  const std::vector<OptionSpec>& options_;
  size_t& at_;
};

const OptionSpec* ArgsParser::Find(std::string_view name) const {
  for (const OptionSpec& option : options_) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

const OptionSpec* ArgsParser::Find(char letter) const {
  for (const OptionSpec& option : options_) {
    if (option.letter == letter) return &option;
  }
  return nullptr;
}

absl::Status ArgsParser::Unknown(std::string_view word) const {
  std::vector<std::string_view> names;
  for (const OptionSpec& option : options_) names.push_back(option.name);
  std::string what = "unknown option " + Escape(word);
  if (word.substr(0, 2) == "--") {
    if (const auto near = Nearest(word.substr(2), names); !near.empty()) {
      what += ", did you mean --" + std::string(near) + "?";
    }
  }
  return Bad(what + " (after -- words are taken as they are)");
}

absl::Status ArgsParser::ReadOption(ParsedArgs* args) {
  const std::string_view word = words_[at_++].text;
  const bool is_long = word[1] == '-';
  const size_t equals = is_long ? word.find('=') : std::string_view::npos;
  const std::string_view head = word.substr(0, equals);
  const OptionSpec* option = is_long ? Find(head.substr(2)) : Find(word[1]);
  if (option == nullptr) return Unknown(head);
  std::optional<std::string> value;
  if (equals != std::string_view::npos) value = word.substr(equals + 1);
  if (!is_long && word.size() > 2) value = word.substr(2);
  const std::string shown = "--" + std::string(option->name);
  if (option->value_name.empty()) {
    if (value.has_value()) return Bad(shown + " takes no value");
    args->options_[std::string(option->name)] = "";
    return absl::OkStatus();
  }
  if (!value.has_value()) {
    if (at_ == words_.size()) {
      return Bad(shown + " needs a value: " + std::string(option->value_name));
    }
    value = words_[at_++].text;
  }
  args->options_[std::string(option->name)] = *value;
  return absl::OkStatus();
}

bool ParsedArgs::Has(std::string_view name) const {
  return options_.find(name) != options_.end();
}

std::optional<std::string> ParsedArgs::Get(std::string_view name) const {
  const auto it = options_.find(name);
  if (it == options_.end()) return std::nullopt;
  return it->second;
}

absl::StatusOr<uint64_t> ParsedArgs::GetCount(std::string_view name,
                                              uint64_t otherwise,
                                              uint64_t least) const {
  const std::optional<std::string> text = Get(name);
  if (!text.has_value()) return otherwise;
  const absl::StatusOr<uint64_t> count = ParseCount(*text);
  if (!count.ok() || *count < least) {
    return Bad("--" + std::string(name) +
               " must be a whole number of at least " + std::to_string(least) +
               ", not '" + Escape(*text) + "'");
  }
  return count;
}

absl::StatusOr<ParsedArgs> ParseArgs(const std::vector<Token>& words,
                                     const std::vector<OptionSpec>& options,
                                     ParseUntil until, size_t* at) {
  ParsedArgs args;
  ArgsParser parser(words, options, at);
  bool options_ended = false;
  while (*at < words.size()) {
    const Token& word = words[*at];
    if (!options_ended && !word.literal && word.text == "--") {
      options_ended = true;
      ++*at;
      continue;
    }
    if (options_ended || !LooksLikeOption(word)) {
      if (until == ParseUntil::kFirstPositional) return args;
      args.positionals.push_back({word.text, word.literal || options_ended});
      ++*at;
      continue;
    }
    if (absl::Status s = parser.ReadOption(&args); !s.ok()) return s;
  }
  return args;
}

absl::StatusOr<uint64_t> ParseCount(std::string_view text) {
  uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || stop != end || text.empty()) {
    return Bad("not a whole number: '" + Escape(text) + "'");
  }
  return count;
}

}  // namespace lsmkv::cli
