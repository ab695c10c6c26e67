// ValueScan: loads the values that one iterator passes.
//
// The values of a value file are in key order, so that a scan forwards reads
// each file forwards, with gaps: it has the system read ahead of it.
//
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_VERSION_VALUE_SCAN_H_
#define LSMKV_ENGINE_SRC_VERSION_VALUE_SCAN_H_

#include <cstdint>
#include <map>
#include <string_view>

#include "absl/status/statusor.h"

#include "engine/src/version/version.h"

namespace lsmkv::engine {

class ValueScan {
 public:
  // The version is borrowed for the scan's life.
  ValueScan(const Version* version, bool fill_cache)
      : version_(version), fill_cache_(fill_cache) {}

  // As Version::LoadValue. The value lives until the next call.
  absl::StatusOr<std::string_view> Load(const ValueRef& ref,
                                        std::string_view user_key,
                                        SequenceNumber sequence);

 private:
  // How far the scan is in one value file.
  struct Run {
    uint64_t next_index = 0;
    uint64_t ahead_bytes = 0;  // from the last value on, asked for already
    uint64_t window_bytes = 0;
  };
  void ReadAhead(const ValueRef& ref);

  const Version* const version_;
  const bool fill_cache_;
  std::map<uint64_t, Run> runs_;
  LoadedValue loaded_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_VALUE_SCAN_H_
