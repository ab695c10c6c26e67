// The one map from the system's error numbers to absl::Status.

#ifndef LSMKV_ENGINE_SRC_IO_POSIX_STATUS_H_
#define LSMKV_ENGINE_SRC_IO_POSIX_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::engine {

// The code that env.h promises for an errno value. Unknown values are
// INTERNAL; 0 is too, since a call that failed without a reason is a fault.
absl::StatusCode PosixErrorCode(int error_number);

// "<path>: <operation>: <errno text> (errno <n>)" under that code.
// `operation` is the name of the system call, such as "open".
absl::Status PosixError(std::string_view path, std::string_view operation,
                        int error_number);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_POSIX_STATUS_H_
