// UTF-8, strictly: no overlong forms, no surrogates, nothing past U+10FFFF.

#ifndef LSMKV_CLIENT_CLI_UTF8_H_
#define LSMKV_CLIENT_CLI_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace lsmkv::cli {

struct Utf8Char {
  char32_t code_point = 0;
  size_t size_bytes = 0;  // 0: what stands here is not UTF-8
};

// The character at the start of `text`, which must not be empty.
Utf8Char DecodeUtf8(std::string_view text);

bool IsValidUtf8(std::string_view text);

// U+0000 to U+001F and U+007F to U+009F: what may steer a terminal.
inline bool IsControl(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
}

// REQUIRES: a code point that is no surrogate and at most U+10FFFF.
void AppendUtf8(char32_t code_point, std::string* out);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_UTF8_H_
