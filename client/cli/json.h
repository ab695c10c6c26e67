// The little JSON the command line speaks: flat objects, one a line, with
// fields written in order; and strictly read back.

#ifndef LSMKV_CLIENT_CLI_JSON_H_
#define LSMKV_CLIENT_CLI_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

// Appends `text` in quotes; control characters are escaped.
// REQUIRES: valid UTF-8.
void AppendJsonString(std::string_view text, std::string* out);

// Writes one object: {"a":"x","n":"7"}. Fields appear in the order of calls.
class JsonObject {
 public:
  JsonObject& Text(std::string_view name, std::string_view utf8);
  // "name" if the bytes are UTF-8, otherwise "name_base64".
  JsonObject& Bytes(const std::string& name, std::string_view bytes);
  // As a string, as proto3 JSON writes 64-bit integers.
  JsonObject& Uint64(std::string_view name, uint64_t value);
  // A number with `digits` decimals.
  JsonObject& Number(std::string_view name, double value, int digits);
  // `json` as it is.
  JsonObject& Raw(std::string_view name, std::string_view json);
  // Call once, at the end.
  std::string Close();

 private:
  std::string* Field(std::string_view name);

  std::string text_ = "{";
};

struct JsonMember {
  enum class Kind { kString, kNumber };
  std::string name;
  Kind kind = Kind::kString;
  std::string text;  // decoded, or the number as it was written
};

// Reads an object whose members are strings and numbers, no name twice.
// INVALID_ARGUMENT says what is wrong and at which byte.
absl::StatusOr<std::vector<JsonMember>> ParseFlatJson(std::string_view text);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_JSON_H_
