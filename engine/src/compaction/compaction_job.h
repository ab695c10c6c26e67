// The compaction: merges the tables of a plan into new ones.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_JOB_H_
#define LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_JOB_H_

#include <atomic>
#include <vector>

#include "absl/status/statusor.h"

#include "engine/src/compaction/compaction_plan.h"
#include "engine/src/compaction/flush_job.h"
#include "engine/src/compaction/tables_writer.h"

namespace lsmkv::engine {

// Returns the edit that replaces the plan's tables by the merged ones, or
// moves them. Changes no version. `snapshots` ascending, taken after the plan.
// Ends early with CANCELLED once *cancelled is true.
// INTERNAL if the entries written and dropped are not those read.
absl::StatusOr<JobResult> RunCompaction(const JobContext& context,
                                        const CompactionPlan& plan,
                                        std::vector<SequenceNumber> snapshots,
                                        const std::atomic<bool>& cancelled);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_JOB_H_
