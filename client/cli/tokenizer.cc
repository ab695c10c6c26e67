#include "client/cli/tokenizer.h"

#include <utility>

#include "absl/status/status.h"

#include "client/cli/escape.h"

namespace lsmkv::cli {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Consumes one escape of a double-quoted word, the backslash at *at included.
absl::Status ReadEscape(std::string_view line, size_t* at, std::string* out) {
  const char kind = *at + 1 < line.size() ? line[*at + 1] : '\0';
  constexpr std::string_view kKinds = "\\\"nrt";
  constexpr std::string_view kBytes = "\\\"\n\r\t";
  if (const size_t i = kKinds.find(kind); i != std::string_view::npos) {
    out->push_back(kBytes[i]);
    *at += 2;
    return absl::OkStatus();
  }
  const int byte = kind == 'x' ? ParseHexByte(line.substr(*at + 2)) : -1;
  if (byte < 0) {
    return absl::InvalidArgumentError(
        "unknown escape in double quotes; there are \\\\ \\\" \\n \\r \\t "
        "\\xNN");
  }
  out->push_back(static_cast<char>(byte));
  *at += 4;
  return absl::OkStatus();
}

// Consumes a quoted word; the opening quote is at *at.
absl::StatusOr<std::string> ReadQuoted(std::string_view line, size_t* at) {
  const char quote = line[(*at)++];
  std::string word;
  while (*at < line.size()) {
    const char c = line[*at];
    if (c == quote) {
      ++*at;
      if (*at < line.size() && !IsBlank(line[*at])) {
        return absl::InvalidArgumentError(
            "a closing quote must be followed by a blank");
      }
      return word;
    }
    if (c == '\\' && quote == '"') {
      if (absl::Status s = ReadEscape(line, at, &word); !s.ok()) return s;
      continue;
    }
    if (c == '\\' && *at + 1 < line.size() && line[*at + 1] == '\'') ++*at;
    word.push_back(line[(*at)++]);
  }
  return absl::InvalidArgumentError("a quote is not closed");
}

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view line) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (true) {
    while (at < line.size() && IsBlank(line[at])) ++at;
    if (at == line.size()) return tokens;
    if (tokens.empty() && line[at] == '#') return tokens;
    if (line[at] == '"' || line[at] == '\'') {
      absl::StatusOr<std::string> word = ReadQuoted(line, &at);
      if (!word.ok()) return word.status();
      tokens.push_back({*std::move(word), true});
      continue;
    }
    const size_t start = at;
    while (at < line.size() && !IsBlank(line[at])) ++at;
    tokens.push_back({std::string(line.substr(start, at - start)), false});
  }
}

}  // namespace lsmkv::cli
