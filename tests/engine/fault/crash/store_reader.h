// Reads a whole store in several ways, and checks that they agree (I4).

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_STORE_READER_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_STORE_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/prefix_history.h"

namespace lsmkv::engine {

struct StoreState {
  Contents contents;
  uint64_t version = 0;
  uint64_t cut_bytes = 0;
};

// What a scan gives; DATA_LOSS if a scan backwards, point reads of all of it,
// or of keys that are not there give anything else.
absl::StatusOr<StoreState> ReadStore(DB* db);

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_STORE_READER_H_
