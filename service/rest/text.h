// UTF-8 and base64: how bytes travel in JSON.

#ifndef LSMKV_SERVICE_REST_TEXT_H_
#define LSMKV_SERVICE_REST_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lsmkv::service {

// The length of the well-formed UTF-8 sequence at the start of `text`, 1 to 4;
// 0 where there is none (overlong forms, surrogates and what lies above
// U+10FFFF are not well-formed).
size_t Utf8SequenceBytes(std::string_view text);

bool IsUtf8(std::string_view text);

// `code_point` must be a Unicode scalar value.
void AppendUtf8(char32_t code_point, std::string* out);

// Standard alphabet, padded.
std::string Base64Encode(std::string_view bytes);

// Takes the standard and the URL-safe alphabet, padded or not. Nothing for
// anything else: other characters, white space, a wrong length, bits after the
// last byte.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_TEXT_H_
