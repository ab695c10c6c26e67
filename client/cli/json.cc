#include "client/cli/json.h"

#include <cmath>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"

#include "client/cli/encoding.h"
#include "client/cli/escape.h"
#include "client/cli/utf8.h"

namespace lsmkv::cli {
namespace {

// What stands after a backslash, and what it means.
constexpr std::string_view kShortEscapes = "\"\\/bfnrt";
constexpr std::string_view kShortMeanings = "\"\\/\b\f\n\r\t";

void AppendUnicodeEscape(char32_t code_point, std::string* out) {
  out->append("\\u");
  AppendHexByte(static_cast<unsigned char>(code_point >> 8), out);
  AppendHexByte(static_cast<unsigned char>(code_point & 0xff), out);
}

void AppendControl(char32_t code_point, std::string* out) {
  const size_t i = code_point < 0x20
                       ? kShortMeanings.find(static_cast<char>(code_point))
                       : std::string_view::npos;
  if (i == std::string_view::npos) return AppendUnicodeEscape(code_point, out);
  out->push_back('\\');
  out->push_back(kShortEscapes[i]);
}

// A cursor over the text of one object.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<JsonMember>> ParseObject();

 private:
  absl::Status Bad(const std::string& what) const {
    return absl::InvalidArgumentError(what + " at byte " +
                                      std::to_string(at_ + 1));
  }
  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                  text_[at_] == '\r' || text_[at_] == '\n')) {
      ++at_;
    }
  }
  // Consumes `c` if it is next.
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  absl::StatusOr<JsonMember> ParseMember();
  absl::StatusOr<std::string> ParseString();
  absl::Status ParseEscape(std::string* out);
  absl::StatusOr<char32_t> ParseHex4();
  absl::StatusOr<std::string> ParseNumber();
  size_t TakeDigits();

  const std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<std::vector<JsonMember>> Parser::ParseObject() {
  SkipBlanks();
  if (!Take('{')) return Bad("expected '{'");
  std::vector<JsonMember> members;
  SkipBlanks();
  if (!Take('}')) {
    do {
      absl::StatusOr<JsonMember> member = ParseMember();
      if (!member.ok()) return member.status();
      for (const JsonMember& other : members) {
        if (other.name == member->name) {
          return absl::InvalidArgumentError(Escape(member->name) +
                                            " appears twice");
        }
      }
      members.push_back(*std::move(member));
      SkipBlanks();
    } while (Take(','));
    if (!Take('}')) return Bad("expected ',' or '}'");
  }
  SkipBlanks();
  if (at_ != text_.size()) return Bad("unexpected text after the object");
  return members;
}

absl::StatusOr<JsonMember> Parser::ParseMember() {
  JsonMember member;
  SkipBlanks();
  absl::StatusOr<std::string> name = ParseString();
  if (!name.ok()) return name.status();
  member.name = *std::move(name);
  SkipBlanks();
  if (!Take(':')) return Bad("expected ':'");
  SkipBlanks();
  const bool is_string = at_ < text_.size() && text_[at_] == '"';
  absl::StatusOr<std::string> value = is_string ? ParseString() : ParseNumber();
  if (!value.ok()) return value.status();
  member.kind =
      is_string ? JsonMember::Kind::kString : JsonMember::Kind::kNumber;
  member.text = *std::move(value);
  return member;
}

absl::StatusOr<std::string> Parser::ParseString() {
  if (!Take('"')) return Bad("expected '\"'");
  std::string out;
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (Take('"')) return out;
    if (rest[0] == '\\') {
      if (absl::Status s = ParseEscape(&out); !s.ok()) return s;
      continue;
    }
    if (static_cast<unsigned char>(rest[0]) < 0x20) {
      return Bad("a control character that is not escaped");
    }
    const size_t size_bytes = DecodeUtf8(rest).size_bytes;
    if (size_bytes == 0) return Bad("a byte that is not UTF-8");
    out.append(rest.substr(0, size_bytes));
    at_ += size_bytes;
  }
  return Bad("a string that is not closed");
}

absl::Status Parser::ParseEscape(std::string* out) {
  const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (const size_t i = kShortEscapes.find(kind); i != std::string_view::npos) {
    out->push_back(kShortMeanings[i]);
    at_ += 2;
    return absl::OkStatus();
  }
  if (kind != 'u') return Bad("an unknown escape");
  absl::StatusOr<char32_t> unit = ParseHex4();
  if (!unit.ok()) return unit.status();
  char32_t code_point = *unit;
  if (code_point >= 0xd800 && code_point < 0xe000) {
    const bool pairs = code_point < 0xdc00 && at_ + 1 < text_.size() &&
                       text_[at_] == '\\' && text_[at_ + 1] == 'u';
    if (!pairs) return Bad("half a surrogate pair");
    absl::StatusOr<char32_t> low = ParseHex4();
    if (!low.ok()) return low.status();
    if (*low < 0xdc00 || *low >= 0xe000) return Bad("half a surrogate pair");
    code_point = 0x10000 + ((code_point - 0xd800) << 10) + (*low - 0xdc00);
  }
  AppendUtf8(code_point, out);
  return absl::OkStatus();
}

// The cursor is at the backslash of \uNNNN.
absl::StatusOr<char32_t> Parser::ParseHex4() {
  const std::string_view digits = text_.substr(at_).substr(2, 4);
  const int high = ParseHexByte(digits);
  const int low = digits.size() == 4 ? ParseHexByte(digits.substr(2)) : -1;
  if (high < 0 || low < 0) return Bad("\\u without four hexadecimal digits");
  at_ += 6;
  return static_cast<char32_t>(high * 256 + low);
}

size_t Parser::TakeDigits() {
  const size_t start = at_;
  while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
  return at_ - start;
}

absl::StatusOr<std::string> Parser::ParseNumber() {
  const size_t start = at_;
  Take('-');
  const bool leading_zero = at_ < text_.size() && text_[at_] == '0';
  const size_t digits = TakeDigits();
  if (digits == 0) return Bad("expected a string or a number");
  if (leading_zero && digits > 1) return Bad("a number with a leading zero");
  if (Take('.') && TakeDigits() == 0) return Bad("a number without decimals");
  if (Take('e') || Take('E')) {
    if (!Take('+')) Take('-');
    if (TakeDigits() == 0) return Bad("a number without an exponent");
  }
  return std::string(text_.substr(start, at_ - start));
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    if (next.code_point == '"' || next.code_point == '\\') {
      out->push_back('\\');
      out->push_back(text[0]);
    } else if (IsControl(next.code_point) || next.code_point == 0x2028 ||
               next.code_point == 0x2029) {  // line ends, in some readers
      AppendControl(next.code_point, out);
    } else {
      out->append(text.substr(0, next.size_bytes));
    }
    text.remove_prefix(next.size_bytes == 0 ? 1 : next.size_bytes);
  }
  out->push_back('"');
}

std::string* JsonObject::Field(std::string_view name) {
  if (text_.size() > 1) text_.push_back(',');
  AppendJsonString(name, &text_);
  text_.push_back(':');
  return &text_;
}

JsonObject& JsonObject::Text(std::string_view name, std::string_view utf8) {
  AppendJsonString(utf8, Field(name));
  return *this;
}

JsonObject& JsonObject::Bytes(const std::string& name, std::string_view bytes) {
  if (IsValidUtf8(bytes)) return Text(name, bytes);
  return Text(name + "_base64", Encode(Encoding::kBase64, bytes));
}

JsonObject& JsonObject::Uint64(std::string_view name, uint64_t value) {
  return Text(name, std::to_string(value));
}

JsonObject& JsonObject::Number(std::string_view name, double value,
                               int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.*f", digits,
                std::isfinite(value) ? value : 0.0);
  return Raw(name, buffer);
}

JsonObject& JsonObject::Raw(std::string_view name, std::string_view json) {
  Field(name)->append(json);
  return *this;
}

std::string JsonObject::Close() {
  text_.push_back('}');
  return std::move(text_);
}

absl::StatusOr<std::vector<JsonMember>> ParseFlatJson(std::string_view text) {
  return Parser(text).ParseObject();
}

}  // namespace lsmkv::cli
