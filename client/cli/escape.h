// The text form of arbitrary bytes, one line and safe for a terminal: UTF-8
// stands for itself, a backslash is `\\`, and every other byte (control
// characters, tab and newline among them, and what is not UTF-8) is `\xNN`.

#ifndef LSMKV_CLIENT_CLI_ESCAPE_H_
#define LSMKV_CLIENT_CLI_ESCAPE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

void AppendEscaped(std::string_view bytes, std::string* out);
std::string Escape(std::string_view bytes);

// The inverse: Unescape(Escape(x)) == x. INVALID_ARGUMENT, with the position,
// for any other escape and for a byte that Escape would have escaped.
absl::StatusOr<std::string> Unescape(std::string_view text);

// Reads the two hexadecimal digits at `text`[0, 2); -1 if they are not there.
int ParseHexByte(std::string_view text);

void AppendHexByte(unsigned char byte, std::string* out);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_ESCAPE_H_
