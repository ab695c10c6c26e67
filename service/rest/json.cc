#include "service/rest/json.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "service/core/error.h"
#include "service/rest/text.h"

namespace lsmkv::service {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A kept value takes far more memory than its text, and so do the names of an
// object, which are kept to find one that comes twice.
constexpr size_t kKeptValuesMax = 1000;
constexpr size_t kNamesMax = 1000;

// Recursive descent; every method returns false after setting what_. `out` is
// null where the value is only checked.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::Status Parse(JsonValue* out) {
    bool ok = Value(out, 0);
    if (ok) {
      SkipSpace();
      if (at_ != text_.size()) ok = Fail("something after the value");
    }
    if (ok) return absl::OkStatus();
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_JSON",
                     absl::StrCat("not JSON: ", what_, " at byte ", at_),
                     {{"offset", std::to_string(at_)}});
  }

 private:
  bool Fail(const char* what) {
    what_ = what;
    return false;
  }
  // The next character, 0 at the end (and for a NUL, which is never valid).
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' ||
           Peek() == '\r') {
      ++at_;
    }
  }

  bool Value(JsonValue* out, int depth) {
    using Kind = JsonValue::Kind;
    if (out != nullptr && ++kept_values_ > kKeptValuesMax) {
      return Fail("too many values");
    }
    SkipSpace();
    switch (Peek()) {
      case '{':
        if (out != nullptr) out->kind = Kind::kObject;
        return Object(out, depth + 1);
      case '[':
        if (out != nullptr) out->kind = Kind::kArray;
        return Array(out, depth + 1);
      case '"':
        if (out != nullptr) out->kind = Kind::kString;
        return String(out != nullptr ? &out->text : nullptr);
      case 't':
        if (out != nullptr) {
          out->kind = Kind::kBool;
          out->boolean = true;
        }
        return Word("true");
      case 'f':
        if (out != nullptr) out->kind = Kind::kBool;
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number(out);
    }
  }

  bool Object(JsonValue* out, int depth) {
    if (depth > kJsonDepthMax) return Fail("nested too deep");
    ++at_;
    SkipSpace();
    if (Take('}')) return true;
    std::set<std::string> names;
    while (true) {
      SkipSpace();
      if (Peek() != '"') return Fail("a name was expected");
      const size_t name_at = at_;
      std::string name;
      if (!String(&name)) return false;
      if (!names.insert(name).second) {
        at_ = name_at;
        return Fail("a name for the second time");
      }
      if (names.size() > kNamesMax) return Fail("too many names");
      SkipSpace();
      if (!Take(':')) return Fail("':' was expected");
      JsonValue* value = nullptr;
      if (out != nullptr) {
        out->members.push_back({std::move(name), {}});
        value = &out->members.back().value;
      }
      if (!Value(value, depth)) return false;
      SkipSpace();
      if (Take('}')) return true;
      if (!Take(',')) return Fail("',' or '}' was expected");
    }
  }

  bool Array(JsonValue* out, int depth) {
    if (depth > kJsonDepthMax) return Fail("nested too deep");
    ++at_;
    SkipSpace();
    if (Take(']')) return true;
    while (true) {
      JsonValue* value = nullptr;
      if (out != nullptr) value = &out->items.emplace_back();
      if (!Value(value, depth)) return false;
      SkipSpace();
      if (Take(']')) return true;
      if (!Take(',')) return Fail("',' or ']' was expected");
    }
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) {
      return Fail("a value was expected");
    }
    at_ += word.size();
    return true;
  }

  bool Digits() {
    if (!IsDigit(Peek())) return Fail("a digit was expected");
    while (IsDigit(Peek())) ++at_;
    return true;
  }

  bool Number(JsonValue* out) {
    const size_t start = at_;
    if (!IsDigit(Peek()) && Peek() != '-') return Fail("a value was expected");
    Take('-');
    // A leading zero stands alone; a digit after it is then left over.
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!Digits()) return false;
    }
    if (out != nullptr) {
      out->kind = JsonValue::Kind::kNumber;
      out->text = text_.substr(start, at_ - start);
    }
    return true;
  }

  bool String(std::string* out) {
    ++at_;
    while (true) {
      const size_t start = at_;
      if (!PlainText()) return false;
      if (out != nullptr) out->append(text_.substr(start, at_ - start));
      if (Take('"')) return true;
      if (at_ == text_.size()) return Fail("a string without an end");
      ++at_;  // the backslash
      if (!Escape(out)) return false;
    }
  }

  // Up to a quote, a backslash or the end.
  bool PlainText() {
    while (at_ < text_.size() && Peek() != '"' && Peek() != '\\') {
      const auto c = static_cast<unsigned char>(Peek());
      if (c < 0x20) return Fail("a control character in a string");
      const size_t length = c < 0x80 ? 1 : Utf8SequenceBytes(text_.substr(at_));
      if (length == 0) return Fail("text that is not UTF-8");
      at_ += length;
    }
    return true;
  }

  bool Escape(std::string* out) {
    static constexpr std::string_view kEscapes = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (Take('u')) return UnicodeEscape(out);
    const size_t i =
        at_ < text_.size() ? kEscapes.find(Peek()) : std::string_view::npos;
    if (i == std::string_view::npos) return Fail("an unknown escape");
    ++at_;
    if (out != nullptr) out->push_back(kMeanings[i]);
    return true;
  }

  bool UnicodeEscape(std::string* out) {
    std::optional<char32_t> unit = CodeUnit();
    if (!unit) return Fail("four hex digits were expected");
    char32_t code_point = *unit;
    if (code_point >= 0xDC00 && code_point <= 0xDFFF) {
      return Fail("a lone surrogate");
    }
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
      if (!Take('\\') || !Take('u')) return Fail("a lone surrogate");
      unit = CodeUnit();
      if (!unit || *unit < 0xDC00 || *unit > 0xDFFF) {
        return Fail("a lone surrogate");
      }
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (*unit - 0xDC00);
    }
    if (out != nullptr) AppendUtf8(code_point, out);
    return true;
  }

  std::optional<char32_t> CodeUnit() {
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = HexDigit(Peek());
      if (digit < 0) return std::nullopt;
      unit = unit * 16 + static_cast<char32_t>(digit);
      ++at_;
    }
    return unit;
  }

  const std::string_view text_;
  size_t kept_values_ = 0;
  size_t at_ = 0;
  const char* what_ = "";
};

void AppendEscaped(std::string_view utf8, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  size_t plain = 0;  // where what is not yet appended begins
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out->append(utf8.substr(plain, i - plain));
    plain = i + 1;
    out->push_back('\\');
    if (c == '"' || c == '\\') {
      out->push_back(utf8[i]);
    } else if (c == '\n') {
      out->push_back('n');
    } else if (c == '\r') {
      out->push_back('r');
    } else if (c == '\t') {
      out->push_back('t');
    } else {
      out->append({'u', '0', '0', kHex[c >> 4], kHex[c & 15]});
    }
  }
  out->append(utf8.substr(plain));
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

absl::StatusOr<JsonValue> ParseJson(std::string_view text) {
  JsonValue value;
  absl::Status status = Parser(text).Parse(&value);
  if (!status.ok()) return status;
  return value;
}

absl::Status CheckJson(std::string_view text) {
  return Parser(text).Parse(nullptr);
}

JsonWriter& JsonWriter::Key(std::string_view name) {
  String(name);
  out_->push_back(':');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view utf8) {
  Separate();
  out_->push_back('"');
  AppendEscaped(utf8, out_);
  out_->push_back('"');
  return *this;
}

JsonWriter& JsonWriter::Number(uint64_t number) {
  Separate();
  out_->append(std::to_string(number));
  return *this;
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  out_->push_back(bracket);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  out_->push_back(bracket);
  needs_comma_ = true;
  return *this;
}

void JsonWriter::Separate() {
  if (needs_comma_) out_->push_back(',');
  needs_comma_ = true;
}

}  // namespace lsmkv::service
