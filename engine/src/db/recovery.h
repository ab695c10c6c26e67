// Recovery: brings what the logs hold into tables when a store is opened.
//
// Everything recovered is made durable anew before the first read is served,
// so that a second crash cannot change what a client has seen, and no log is
// ever appended to after it was read. Of a store that was closed in order with
// empty logs all is durable already.

#ifndef LSMKV_ENGINE_SRC_DB_RECOVERY_H_
#define LSMKV_ENGINE_SRC_DB_RECOVERY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "engine/src/compaction/tables_writer.h"
#include "engine/src/version/version_edit.h"

namespace lsmkv::engine {

struct RecoveryResult {
  // Adds the tables and lets go of every log that was read.
  VersionEdit edit;
  SequenceNumber last_sequence = 0;
  uint64_t records = 0;    // operations replayed
  uint64_t cut_bytes = 0;  // of a tail that was never acknowledged as durable
  // The store was closed in order, and there was nothing in its logs: all that
  // the MANIFEST says is durable but for its last edit, which says only that.
  bool closed_empty = false;
};

// DATA_LOSS if the logs among the store's files, `names`, prove that the
// MANIFEST has lost its end: it was cut where an edit ends, or an older copy of
// it was put back.
absl::Status CheckManifestIsWhole(const JobContext& context,
                                  const std::vector<std::string>& names);

// Replays the live logs of context.versions. DATA_LOSS, naming file and
// offset, if a log is missing or damaged where it was durable.
absl::StatusOr<RecoveryResult> ReplayLogs(const JobContext& context);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_RECOVERY_H_
