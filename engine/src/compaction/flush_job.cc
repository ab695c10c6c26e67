#include "engine/src/compaction/flush_job.h"

#include <memory>
#include <utility>

#include "engine/src/compaction/compress_ahead.h"
#include "engine/src/compaction/record_filter.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

absl::Status WriteFront(CompressAhead* line, TablesWriter* output) {
  const CompressAhead::Entry entry = line->Front();
  absl::Status status =
      entry.block ? output->AddSeparated(entry.internal_key, *entry.block)
                  : output->Add(entry.internal_key, entry.value);
  line->Pop();
  return status;
}

}  // namespace

absl::StatusOr<JobResult> RunFlush(const JobContext& context,
                                   const MemTable& memtable,
                                   std::vector<SequenceNumber> snapshots) {
  const RangeTombstones tombstones(memtable.range_tombstones().ToList());
  RecordFilter filter(std::move(snapshots), &tombstones,
                      LevelsBelow(nullptr, 0));
  OutputLimits limits;
  limits.compression = context.options->compression;
  TablesWriter output(context, std::move(limits), filter.KeptTombstones());

  // The memtable keeps what is in line alive.
  CompressAhead line(context.options->compression);
  const std::unique_ptr<InternalIterator> entries = memtable.NewIterator();
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    const std::string_view key = entries->key();
    const std::string_view value = entries->value();
    if (filter.Decide(key) != RecordFilter::Verdict::kKeep) continue;
    const bool separates = output.Separates(key, value);
    if (line.empty() && !separates) {
      LSMKV_RETURN_IF_ERROR(output.Add(key, value));
      continue;
    }
    if (line.full()) LSMKV_RETURN_IF_ERROR(WriteFront(&line, &output));
    line.Push(key, value, separates);
  }
  while (!line.empty()) LSMKV_RETURN_IF_ERROR(WriteFront(&line, &output));
  LSMKV_ASSIGN_OR_RETURN(WrittenFiles files, output.Finish());
  JobResult result;
  result.written_bytes = output.written_bytes();
  std::move(files).AddTo(0, &result.edit);
  result.edit.flushed_sequence = memtable.last_sequence();
  result.edit.removed_wals.push_back(memtable.wal_number());
  return result;
}

}  // namespace lsmkv::engine
