#include "client/cli/records.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "client/cli/encoding.h"
#include "client/cli/escape.h"
#include "client/cli/json.h"

namespace lsmkv::cli {
namespace {

absl::Status InPart(const char* part, const absl::Status& status) {
  return absl::InvalidArgumentError(std::string("the ") + part + ": " +
                                    std::string(status.message()));
}

bool IsVersion(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes a member named `name` or `name`_base64; false if it is neither.
absl::StatusOr<bool> TakeBytes(const JsonMember& member,
                               const std::string& name,
                               std::optional<std::string>* out) {
  const bool is_base64 = member.name == name + "_base64";
  if (!is_base64 && member.name != name) return false;
  if (member.kind != JsonMember::Kind::kString) {
    return absl::InvalidArgumentError("\"" + member.name +
                                      "\" must be a string");
  }
  if (out->has_value()) {
    return absl::InvalidArgumentError("\"" + name + "\" and \"" + name +
                                      "_base64\" exclude each other");
  }
  absl::StatusOr<std::string> bytes =
      Decode(is_base64 ? Encoding::kBase64 : Encoding::kRaw, member.text);
  if (!bytes.ok()) {
    return absl::InvalidArgumentError("\"" + member.name + "\" is not base64");
  }
  *out = *std::move(bytes);
  return true;
}

absl::StatusOr<KeyValue> ParseNdjson(std::string_view line) {
  absl::StatusOr<std::vector<JsonMember>> members = ParseFlatJson(line);
  if (!members.ok()) return members.status();
  std::optional<std::string> key;
  std::optional<std::string> value;
  for (const JsonMember& member : *members) {
    const absl::StatusOr<bool> is_key = TakeBytes(member, "key", &key);
    if (!is_key.ok()) return is_key.status();
    if (*is_key) continue;
    const absl::StatusOr<bool> is_value = TakeBytes(member, "value", &value);
    if (!is_value.ok()) return is_value.status();
    if (*is_value) continue;
    if (member.name != "version") {
      return absl::InvalidArgumentError("unknown field \"" +
                                        Escape(member.name) + "\"");
    }
    if (!IsVersion(member.text)) {
      return absl::InvalidArgumentError("\"version\" must be a whole number");
    }
  }
  if (!key.has_value()) return absl::InvalidArgumentError("no \"key\"");
  if (!value.has_value()) return absl::InvalidArgumentError("no \"value\"");
  return KeyValue{*std::move(key), *std::move(value)};
}

absl::StatusOr<KeyValue> ParseTsv(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    return absl::InvalidArgumentError("no tab between key and value");
  }
  absl::StatusOr<std::string> key = Unescape(line.substr(0, tab));
  if (!key.ok()) return InPart("key", key.status());
  absl::StatusOr<std::string> value = Unescape(line.substr(tab + 1));
  if (!value.ok()) return InPart("value", value.status());
  return KeyValue{*std::move(key), *std::move(value)};
}

}  // namespace

absl::StatusOr<RecordFormat> ParseRecordFormat(std::string_view name) {
  if (name == "ndjson") return RecordFormat::kNdjson;
  if (name == "tsv") return RecordFormat::kTsv;
  return absl::InvalidArgumentError("unknown format '" + std::string(name) +
                                    "': use ndjson or tsv");
}

std::string FormatJsonRecord(std::string_view key,
                             const std::string_view* value, uint64_t version) {
  JsonObject object;
  object.Bytes("key", key);
  if (value != nullptr) object.Bytes("value", *value);
  return object.Uint64("version", version).Close();
}

void AppendRecordLine(RecordFormat format, std::string_view key,
                      std::string_view value, uint64_t version,
                      std::string* out) {
  if (format == RecordFormat::kNdjson) {
    out->append(FormatJsonRecord(key, &value, version));
  } else {
    AppendEscaped(key, out);
    out->push_back('\t');
    AppendEscaped(value, out);
  }
  out->push_back('\n');
}

absl::StatusOr<KeyValue> ParseRecordLine(RecordFormat format,
                                         std::string_view line) {
  absl::StatusOr<KeyValue> record =
      format == RecordFormat::kNdjson ? ParseNdjson(line) : ParseTsv(line);
  if (record.ok() && record->key.empty()) {
    return absl::InvalidArgumentError("the key is empty");
  }
  return record;
}

}  // namespace lsmkv::cli
