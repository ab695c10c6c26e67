// A strict JSON parser (RFC 8259) and a writer.
//
// Texts come from the network, so what parsers are known to disagree about is
// refused: duplicate names, text that is not UTF-8, lone surrogates, anything
// after the value, and nesting deeper than kJsonDepthMax. Numbers are kept as
// written. Errors are INVALID_ARGUMENT (INVALID_JSON) with the byte's offset.

#ifndef LSMKV_SERVICE_REST_JSON_H_
#define LSMKV_SERVICE_REST_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::service {

inline constexpr int kJsonDepthMax = 32;

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;                 // kString: unescaped; kNumber: as written
  std::vector<JsonValue> items;     // kArray
  std::vector<JsonMember> members;  // kObject, in the order of the text

  // The member of that name; null where there is none.
  const JsonValue* Find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Of at most 1000 values: what is kept takes far more memory than its text.
absl::StatusOr<JsonValue> ParseJson(std::string_view text);

// Parses without keeping anything: whether ParseJson() would succeed.
absl::Status CheckJson(std::string_view text);

// Appends compact JSON to a string. The caller keeps to the grammar; commas are
// put in by the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  JsonWriter& BeginObject() { return Begin('{'); }
  JsonWriter& EndObject() { return End('}'); }
  JsonWriter& BeginArray() { return Begin('['); }
  JsonWriter& EndArray() { return End(']'); }
  JsonWriter& Key(std::string_view name);
  // `utf8` must be UTF-8.
  JsonWriter& String(std::string_view utf8);
  JsonWriter& Number(uint64_t number);

 private:
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);
  void Separate();

  std::string* const out_;
  bool needs_comma_ = false;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_JSON_H_
