// JsonWriter: objects, arrays, strings and numbers, in the order written.

#ifndef LSMKV_TESTS_BENCH_JSON_WRITER_H_
#define LSMKV_TESTS_BENCH_JSON_WRITER_H_

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace lsmkv::bench {

class JsonWriter {
 public:
  // `key` names a member of an object; empty inside an array and at the top.
  void OpenObject(std::string_view key = {}) { Open(key, '{'); }
  void CloseObject() { Close('}'); }
  void OpenArray(std::string_view key) { Open(key, '['); }
  void CloseArray() { Close(']'); }

  void String(std::string_view key, std::string_view value) {
    Begin(key);
    AppendQuoted(value);
  }
  void Integer(std::string_view key, uint64_t value) {
    Begin(key);
    text_ += std::to_string(value);
  }
  void Number(std::string_view key, double value) {
    Begin(key);
    char digits[40];
    std::snprintf(digits, sizeof(digits), "%.9g", value);
    text_ += std::isfinite(value) ? digits : "null";
  }
  void Bool(std::string_view key, bool value) {
    Begin(key);
    text_ += value ? "true" : "false";
  }

  // REQUIRES: all that was opened is closed.
  std::string Take() { return std::move(text_) + "\n"; }

 private:
  void Begin(std::string_view key) {
    if (!text_.empty() && text_.back() != '{' && text_.back() != '[') {
      text_ += ',';
    }
    if (depth_ > 0) text_ += '\n' + std::string(2 * depth_, ' ');
    if (key.empty()) return;
    AppendQuoted(key);
    text_ += ": ";
  }
  void Open(std::string_view key, char bracket) {
    Begin(key);
    text_ += bracket;
    ++depth_;
  }
  void Close(char bracket) {
    --depth_;
    text_ += '\n' + std::string(2 * depth_, ' ') + bracket;
  }
  void AppendQuoted(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escape[8];
        std::snprintf(escape, sizeof(escape), "\\u%04x",
                      static_cast<unsigned>(static_cast<unsigned char>(c)));
        text_ += escape;
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }

  std::string text_;
  size_t depth_ = 0;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_JSON_WRITER_H_
