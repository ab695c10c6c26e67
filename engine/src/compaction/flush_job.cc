#include "engine/src/compaction/flush_job.h"

#include <memory>
#include <utility>

#include "engine/src/compaction/record_filter.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

absl::StatusOr<JobResult> RunFlush(const JobContext& context,
                                   const MemTable& memtable,
                                   std::vector<SequenceNumber> snapshots) {
  const RangeTombstones tombstones(memtable.range_tombstones().ToList());
  RecordFilter filter(std::move(snapshots), &tombstones,
                      LevelsBelow(nullptr, 0));
  OutputLimits limits;
  limits.compression = context.options->compression;
  TablesWriter output(context, std::move(limits), filter.KeptTombstones());

  const std::unique_ptr<InternalIterator> entries = memtable.NewIterator();
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    if (filter.Decide(entries->key()) == RecordFilter::Verdict::kKeep) {
      LSMKV_RETURN_IF_ERROR(output.Add(entries->key(), entries->value()));
    }
  }
  LSMKV_ASSIGN_OR_RETURN(WrittenFiles files, output.Finish());
  JobResult result;
  result.written_bytes = output.written_bytes();
  std::move(files).AddTo(0, &result.edit);
  result.edit.flushed_sequence = memtable.last_sequence();
  result.edit.removed_wals.push_back(memtable.wal_number());
  return result;
}

}  // namespace lsmkv::engine
