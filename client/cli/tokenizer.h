// The grammar of a line of the prompt.
//
// Blanks separate words. A word that starts with " or ' runs to the closing
// quote, which a blank or the end of the line must follow. In double quotes
// `\\ \" \n \r \t \xNN` are escapes; in single quotes only `\'` is. Elsewhere a
// quote or a backslash is an ordinary character, so {"a":1} needs no quoting.
// A line whose first word starts with # is a comment and has no words.

#ifndef LSMKV_CLIENT_CLI_TOKENIZER_H_
#define LSMKV_CLIENT_CLI_TOKENIZER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

// A word of a command.
struct Token {
  std::string text;
  // It was quoted: never an option, never a stand-in for stdin.
  bool literal = false;
};

inline bool operator==(const Token& a, const Token& b) {
  return a.text == b.text && a.literal == b.literal;
}

// INVALID_ARGUMENT for an unclosed quote or an unknown escape.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view line);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_TOKENIZER_H_
