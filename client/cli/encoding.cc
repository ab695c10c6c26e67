#include "client/cli/encoding.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

#include "client/cli/escape.h"

namespace lsmkv::cli {
namespace {

std::string EncodeHex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) AppendHexByte(static_cast<unsigned char>(c), &out);
  return out;
}

absl::StatusOr<std::string> DecodeHex(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2);
  for (size_t at = 0; at < text.size(); at += 2) {
    const int byte = ParseHexByte(text.substr(at));
    if (byte < 0) {
      return absl::InvalidArgumentError(
          "not hexadecimal: two digits a byte are needed");
    }
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

absl::StatusOr<std::string> DecodeBase64(std::string_view text) {
  const absl::string_view in(text.data(), text.size());
  std::string out;
  // absl skips white space; in a record it is a mistake.
  const bool has_blank =
      text.find_first_of(" \t\r\n\v\f") != std::string_view::npos;
  if (!has_blank && (absl::Base64Unescape(in, &out) ||
                     absl::WebSafeBase64Unescape(in, &out))) {
    return out;
  }
  return absl::InvalidArgumentError("not base64");
}

}  // namespace

absl::StatusOr<Encoding> ParseEncoding(std::string_view name) {
  if (name == "raw") return Encoding::kRaw;
  if (name == "hex") return Encoding::kHex;
  if (name == "base64") return Encoding::kBase64;
  if (name == "escaped") return Encoding::kEscaped;
  return absl::InvalidArgumentError("unknown encoding '" + std::string(name) +
                                    "': use raw, hex, base64 or escaped");
}

std::string Encode(Encoding encoding, std::string_view bytes) {
  switch (encoding) {
    case Encoding::kHex:
      return EncodeHex(bytes);
    case Encoding::kBase64:
      return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
    case Encoding::kEscaped:
      return Escape(bytes);
    case Encoding::kRaw:
      break;
  }
  return std::string(bytes);
}

absl::StatusOr<std::string> Decode(Encoding encoding, std::string_view text) {
  switch (encoding) {
    case Encoding::kHex:
      return DecodeHex(text);
    case Encoding::kBase64:
      return DecodeBase64(text);
    case Encoding::kEscaped:
      return Unescape(text);
    case Encoding::kRaw:
      break;
  }
  return std::string(text);
}

}  // namespace lsmkv::cli
