// How bytes are written in arguments and in text output: --key-encoding and
// --value-encoding.

#ifndef LSMKV_CLIENT_CLI_ENCODING_H_
#define LSMKV_CLIENT_CLI_ENCODING_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

enum class Encoding {
  kRaw,      // the bytes themselves
  kHex,      // two digits a byte
  kBase64,   // RFC 4648; standard and padded out, URL-safe and bare also in
  kEscaped,  // escape.h
};

// `raw`, `hex`, `base64` or `escaped`.
absl::StatusOr<Encoding> ParseEncoding(std::string_view name);

std::string Encode(Encoding encoding, std::string_view bytes);

// INVALID_ARGUMENT if `text` is not of that encoding.
absl::StatusOr<std::string> Decode(Encoding encoding, std::string_view text);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_ENCODING_H_
