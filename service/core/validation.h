// What the service checks of a request before anything is done for it.
//
// Threads: pure functions. Errors: INVALID_ARGUMENT with a reason and, for
// sizes, the metadata "sizeBytes" and "limitBytes".

#ifndef LSMKV_SERVICE_CORE_VALIDATION_H_
#define LSMKV_SERVICE_CORE_VALIDATION_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "service/core/types.h"

namespace lsmkv::service {

// INVALID_KEY where it is empty, KEY_TOO_LARGE.
absl::Status CheckKey(const Limits& limits, std::string_view key);
// VALUE_TOO_LARGE.
absl::Status CheckValue(const Limits& limits, std::string_view value);
// Every operation, and their sizes together: EMPTY_BATCH, TOO_MANY_OPERATIONS,
// BATCH_TOO_LARGE, INVALID_RANGE. An error in a batch of several names the
// operation in the metadata "operation", counted from 0.
absl::Status CheckWrite(const Limits& limits, const WriteRequest& request);

// The smallest key above every key that starts with `prefix`; empty, which is
// unbounded, where there is none (no prefix, or nothing but 0xFF).
std::string PrefixEnd(std::string_view prefix);

// The range as it is executed. Where start is at or after end the range is
// empty: see IsEmptyRange. INVALID_RANGE where prefix and bounds are mixed,
// KEY_TOO_LARGE where a bound is longer than the successor of the longest key.
absl::StatusOr<KeyRange> ResolveRange(const Limits& limits,
                                      const RangeSpec& spec);
bool IsEmptyRange(const KeyRange& range);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_VALIDATION_H_
