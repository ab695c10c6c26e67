// SalvageSource: which files of a damaged store belong to it.
//
// The MANIFEST knows. Without CURRENT the newest MANIFEST is asked. Where it
// cannot be read, or has lost its end, every table and log there is belongs to
// the store: sequence numbers tell what is newer.

#ifndef LSMKV_ENGINE_SRC_DB_SALVAGE_SOURCE_H_
#define LSMKV_ENGINE_SRC_DB_SALVAGE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/version/version_set.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

struct SalvageSource {
  struct Table {
    uint64_t number = 0;
    FilePtr meta;  // null: the MANIFEST does not tell
  };
  std::vector<Table> tables;
  struct Values {
    uint64_t number = 0;
    ValuePtr meta;  // null: the MANIFEST does not tell
  };
  std::vector<Values> values;
  // By number, ascending; without a salt where the MANIFEST says no more.
  std::vector<WalFacts> logs;
  // Files that are there and not part of the store, by path.
  std::vector<std::string> unused;
  // Files that the MANIFEST names and that are not there.
  std::vector<std::string> absent;
  // OK, or why the MANIFEST could not be read or is not believed.
  absl::Status manifest;
  // The one that was read; 0: none.
  uint64_t manifest_number = 0;
  // CURRENT did not name it.
  absl::Status current;
  SequenceNumber flushed_sequence = 0;
};

// NOT_FOUND if there is no such directory, FAILED_PRECONDITION if nothing in it
// is of a store. Only reads.
absl::StatusOr<SalvageSource> FindSalvageSource(Env* env,
                                                const std::string& dir);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SALVAGE_SOURCE_H_
