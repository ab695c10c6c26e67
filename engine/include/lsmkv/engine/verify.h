// What DB::Verify is asked, and what it tells.

#ifndef LSMKV_ENGINE_VERIFY_H_
#define LSMKV_ENGINE_VERIFY_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace lsmkv::engine {

struct VerifyOptions {
  // Reads no faster than this; 0: no limit.
  uint64_t bytes_per_second = 0;
  // Verify ends soon after it becomes true. Borrowed; null: nobody cancels.
  const std::atomic<bool>* cancelled = nullptr;
};

// One place that is damaged.
struct VerifyFinding {
  std::string path;
  uint64_t offset = 0;
  // User keys that bound what is affected; both empty if that is unknown.
  std::string smallest_key;
  std::string largest_key;
  // DATA_LOSS naming file and offset, or why the bytes cannot be read.
  absl::Status status;
};

struct VerifyProgress {
  uint64_t files = 0;  // done
  uint64_t files_total = 0;
  uint64_t bytes = 0;  // read; a little more or less than the total at the end
  uint64_t bytes_total = 0;
  uint64_t findings = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_VERIFY_H_
