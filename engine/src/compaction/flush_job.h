// The flush: writes a memtable to a table in L0.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_FLUSH_JOB_H_
#define LSMKV_ENGINE_SRC_COMPACTION_FLUSH_JOB_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "engine/src/compaction/tables_writer.h"
#include "engine/src/memtable/memtable.h"
#include "engine/src/version/version_edit.h"

namespace lsmkv::engine {

struct JobResult {
  VersionEdit edit;
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
};

// Returns the edit that adds the table and lets go of the memtable's log; it
// adds no table if nothing in the memtable is alive. Changes no version.
// `snapshots` ascending. REQUIRES: the memtable is immutable.
absl::StatusOr<JobResult> RunFlush(const JobContext& context,
                                   const MemTable& memtable,
                                   std::vector<SequenceNumber> snapshots);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_FLUSH_JOB_H_
