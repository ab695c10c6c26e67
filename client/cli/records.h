// Records as lines, the form that scan prints, export writes and import reads.
//
//   ndjson  {"key":"user:1","value":"data","version":"7"}, the object of the
//           REST API; "key_base64" and "value_base64" stand in where the bytes
//           are not UTF-8.
//   tsv     key, tab, value, both as escape.h has it.

#ifndef LSMKV_CLIENT_CLI_RECORDS_H_
#define LSMKV_CLIENT_CLI_RECORDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

enum class RecordFormat { kNdjson, kTsv };

// `ndjson` or `tsv`.
absl::StatusOr<RecordFormat> ParseRecordFormat(std::string_view name);

struct KeyValue {
  std::string key;
  std::string value;
};

// The object of a record, without a newline. A null `value` is left out.
std::string FormatJsonRecord(std::string_view key,
                             const std::string_view* value, uint64_t version);

// Appends one line, its newline included.
void AppendRecordLine(RecordFormat format, std::string_view key,
                      std::string_view value, uint64_t version,
                      std::string* out);

// Reads one line, given without its newline. A version is read and dropped.
// INVALID_ARGUMENT says what is wrong; an empty key is.
absl::StatusOr<KeyValue> ParseRecordLine(RecordFormat format,
                                         std::string_view line);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_RECORDS_H_
