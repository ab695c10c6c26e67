// The server's JSON: parser, checker and writer must agree.

#include <algorithm>
#include <string>

#include "service/rest/json.h"
#include "service/rest/text.h"
#include "tests/fuzz/fuzz_input.h"

namespace lsmkv::fuzz {
namespace {

using service::JsonValue;
using service::JsonWriter;

constexpr ptrdiff_t kValuesMax = 1000;

// No more values can be in a text than its brackets and commas begin.
bool MayHoldTooMany(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
           return c == ',' || c == '[' || c == '{';
         }) >= kValuesMax;
}

// Numbers and the like as strings: the writer has no others.
void Write(const JsonValue& value, JsonWriter* json) {
  switch (value.kind) {
    case JsonValue::Kind::kArray:
      json->BeginArray();
      for (const JsonValue& item : value.items) Write(item, json);
      json->EndArray();
      return;
    case JsonValue::Kind::kObject:
      json->BeginObject();
      for (const service::JsonMember& member : value.members) {
        json->Key(member.name);
        Write(member.value, json);
      }
      json->EndObject();
      return;
    default:
      json->String(value.text);
  }
}

void CheckSame(const JsonValue& a, const JsonValue& b) {
  FUZZ_CHECK(a.text == b.text);
  FUZZ_CHECK(service::IsUtf8(a.text));
  FUZZ_CHECK(a.items.size() == b.items.size());
  FUZZ_CHECK(a.members.size() == b.members.size());
  for (size_t i = 0; i < a.items.size(); ++i) {
    CheckSame(a.items[i], b.items[i]);
  }
  for (size_t i = 0; i < a.members.size(); ++i) {
    FUZZ_CHECK(a.members[i].name == b.members[i].name);
    FUZZ_CHECK(a.Find(a.members[i].name) == &a.members[i].value);
    CheckSame(a.members[i].value, b.members[i].value);
  }
}

void Run(std::string_view text) {
  const absl::Status checked = service::CheckJson(text);
  const auto value = service::ParseJson(text);
  if (!value.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(value.status()));
    FUZZ_CHECK(!checked.ok() || MayHoldTooMany(text));
    return;
  }
  FUZZ_CHECK(checked.ok());
  FUZZ_CHECK(service::IsUtf8(text));
  std::string written;
  JsonWriter json(&written);
  Write(*value, &json);
  const auto again = service::ParseJson(written);
  FUZZ_CHECK(again.ok());
  CheckSame(*value, *again);
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
