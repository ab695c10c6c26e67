#include "service/core/validation.h"

#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

using Metadata = std::map<std::string, std::string>;

absl::Status TooLarge(const char* what, const char* reason, uint64_t size,
                      uint64_t limit) {
  return MakeError(
      absl::StatusCode::kInvalidArgument, reason,
      absl::StrCat(what, " of ", size, " bytes is over the limit of ", limit,
                   " bytes"),
      {{"sizeBytes", absl::StrCat(size)}, {"limitBytes", absl::StrCat(limit)}});
}

absl::Status InvalidRange(const char* message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_RANGE",
                   message);
}

// A bound may be the successor of the longest key, one byte longer.
absl::Status CheckBound(const Limits& limits, std::string_view bound) {
  if (bound.size() <= limits.key_bytes_max + 1) return absl::OkStatus();
  return TooLarge("range bound", "KEY_TOO_LARGE", bound.size(),
                  limits.key_bytes_max + 1);
}

absl::Status CheckOperation(const Limits& limits, const Operation& op) {
  if (op.kind == Operation::Kind::kDeleteRange) {
    if (op.key.empty() && op.value.empty()) {
      return InvalidRange("a delete of everything is not allowed in a batch");
    }
    if (!op.value.empty() && op.key >= op.value) {
      return InvalidRange("start_key is not before end_key");
    }
    absl::Status status = CheckBound(limits, op.key);
    return status.ok() ? CheckBound(limits, op.value) : status;
  }
  absl::Status status = CheckKey(limits, op.key);
  if (!status.ok() || op.kind == Operation::Kind::kDelete) return status;
  return CheckValue(limits, op.value);
}

absl::Status AtOperation(const absl::Status& status, size_t index) {
  ErrorDetail detail = DetailOf(status);
  detail.metadata["operation"] = absl::StrCat(index);
  return MakeError(status.code(), detail.reason,
                   absl::StrCat("operation ", index, ": ", status.message()),
                   std::move(detail.metadata));
}

}  // namespace

absl::Status CheckKey(const Limits& limits, std::string_view key) {
  if (key.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_KEY",
                     "the key is empty");
  }
  if (key.size() <= limits.key_bytes_max) return absl::OkStatus();
  return TooLarge("key", "KEY_TOO_LARGE", key.size(), limits.key_bytes_max);
}

absl::Status CheckValue(const Limits& limits, std::string_view value) {
  if (value.size() <= limits.value_bytes_max) return absl::OkStatus();
  return TooLarge("value", "VALUE_TOO_LARGE", value.size(),
                  limits.value_bytes_max);
}

absl::Status CheckWrite(const Limits& limits, const WriteRequest& request) {
  const size_t count = request.operations.size();
  if (count == 0) {
    return MakeError(absl::StatusCode::kInvalidArgument, "EMPTY_BATCH",
                     "the batch has no operations");
  }
  if (count > limits.batch_operations_max) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "TOO_MANY_OPERATIONS",
        absl::StrCat("batch of ", count, " operations is over the limit of ",
                     limits.batch_operations_max),
        {{"operations", absl::StrCat(count)},
         {"limit", absl::StrCat(limits.batch_operations_max)}});
  }
  uint64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    const Operation& op = request.operations[i];
    const absl::Status status = CheckOperation(limits, op);
    if (!status.ok()) return count == 1 ? status : AtOperation(status, i);
    bytes += op.key.size() + op.value.size();
  }
  // One record that is within its own limits is never too large as a batch.
  if (count > 1 && bytes > limits.batch_bytes_max) {
    return TooLarge("batch", "BATCH_TOO_LARGE", bytes, limits.batch_bytes_max);
  }
  return absl::OkStatus();
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<uint8_t>(end.back()) == 0xFF) {
    end.pop_back();
  }
  if (!end.empty()) {
    end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  }
  return end;
}

absl::StatusOr<KeyRange> ResolveRange(const Limits& limits,
                                      const RangeSpec& spec) {
  for (const std::string* bound : {&spec.start, &spec.end, &spec.prefix}) {
    absl::Status status = CheckBound(limits, *bound);
    if (!status.ok()) return status;
  }
  if (spec.prefix.empty()) return KeyRange{spec.start, spec.end};
  if (!spec.start.empty() || !spec.end.empty()) {
    return InvalidRange("prefix excludes start_key and end_key");
  }
  return KeyRange{spec.prefix, PrefixEnd(spec.prefix)};
}

bool IsEmptyRange(const KeyRange& range) {
  return !range.end.empty() && range.start >= range.end;
}

}  // namespace lsmkv::service
