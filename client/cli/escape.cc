#include "client/cli/escape.h"

#include "absl/status/status.h"

#include "client/cli/utf8.h"

namespace lsmkv::cli {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendHexEscape(unsigned char byte, std::string* out) {
  out->append("\\x");
  AppendHexByte(byte, out);
}

absl::Status Bad(const std::string& what, size_t offset) {
  return absl::InvalidArgumentError(what + " at byte " +
                                    std::to_string(offset + 1));
}

absl::Status NotEscaped(unsigned char byte, size_t offset) {
  std::string escaped;
  AppendHexEscape(byte, &escaped);
  return Bad("a byte that must be written as " + escaped, offset);
}

}  // namespace

int ParseHexByte(std::string_view text) {
  if (text.size() < 2) return -1;
  const int high = HexDigit(text[0]);
  const int low = HexDigit(text[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void AppendHexByte(unsigned char byte, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out->push_back(kDigits[byte >> 4]);
  out->push_back(kDigits[byte & 15]);
}

void AppendEscaped(std::string_view bytes, std::string* out) {
  while (!bytes.empty()) {
    const Utf8Char next = DecodeUtf8(bytes);
    if (next.size_bytes == 0) {
      AppendHexEscape(static_cast<unsigned char>(bytes[0]), out);
      bytes.remove_prefix(1);
      continue;
    }
    for (size_t i = 0; i < next.size_bytes; ++i) {
      if (IsControl(next.code_point)) {
        AppendHexEscape(static_cast<unsigned char>(bytes[i]), out);
      } else {
        if (bytes[i] == '\\') out->push_back('\\');
        out->push_back(bytes[i]);
      }
    }
    bytes.remove_prefix(next.size_bytes);
  }
}

std::string Escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  AppendEscaped(bytes, &out);
  return out;
}

absl::StatusOr<std::string> Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest[0] == '\\') {
      if (rest.size() > 1 && rest[1] == '\\') {
        out.push_back('\\');
        at += 2;
        continue;
      }
      const int byte =
          rest.size() > 1 && rest[1] == 'x' ? ParseHexByte(rest.substr(2)) : -1;
      if (byte < 0) return Bad("an escape that is neither \\\\ nor \\xNN", at);
      out.push_back(static_cast<char>(byte));
      at += 4;
      continue;
    }
    const Utf8Char next = DecodeUtf8(rest);
    if (next.size_bytes == 0 || IsControl(next.code_point)) {
      return NotEscaped(static_cast<unsigned char>(rest[0]), at);
    }
    out.append(rest.substr(0, next.size_bytes));
    at += next.size_bytes;
  }
  return out;
}

}  // namespace lsmkv::cli
