#include "client/cli/utf8.h"

#include <cstdint>

namespace lsmkv::cli {
namespace {

struct Lead {
  size_t size_bytes;
  char32_t bits;
  char32_t smallest;  // anything below is an overlong form
};

Lead ReadLead(uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xe0) == 0xc0) return {2, byte & 0x1fu, 0x80};
  if ((byte & 0xf0) == 0xe0) return {3, byte & 0x0fu, 0x800};
  if ((byte & 0xf8) == 0xf0) return {4, byte & 0x07u, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Utf8Char DecodeUtf8(std::string_view text) {
  const Lead lead = ReadLead(static_cast<uint8_t>(text[0]));
  if (lead.size_bytes == 0 || lead.size_bytes > text.size()) return {};
  char32_t code_point = lead.bits;
  for (size_t i = 1; i < lead.size_bytes; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    code_point = (code_point << 6) | (byte & 0x3fu);
  }
  if (code_point < lead.smallest || code_point > 0x10ffff) return {};
  if (code_point >= 0xd800 && code_point < 0xe000) return {};
  return {code_point, lead.size_bytes};
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size_bytes = DecodeUtf8(text).size_bytes;
    if (size_bytes == 0) return false;
    text.remove_prefix(size_bytes);
  }
  return true;
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3f)));
  };
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace lsmkv::cli
