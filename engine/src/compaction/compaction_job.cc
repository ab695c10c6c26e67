#include "engine/src/compaction/compaction_job.h"

#include <memory>
#include <utility>

#include "engine/src/compaction/record_filter.h"
#include "engine/src/iter/merging_iterator.h"
#include "engine/src/util/status.h"
#include "engine/src/version/level_iterator.h"

namespace lsmkv::engine {
namespace {

// How many entries pass between two looks at the cancellation flag.
constexpr uint64_t kEntriesPerCheck = 1024;

JobResult MoveTables(const CompactionPlan& plan) {
  JobResult result;
  plan.ForEachFile([&](int level, const FilePtr& file) {
    if (level == plan.output_level) return;
    result.edit.removed_files.push_back({level, file->number});
    result.edit.added_files.push_back(
        {plan.output_level, std::const_pointer_cast<FileMeta>(file)});
  });
  return result;
}

// Sorted and disjoint tables are read one after another, others side by side.
std::unique_ptr<InternalIterator> NewInputIterator(const CompactionPlan& plan) {
  std::vector<std::unique_ptr<InternalIterator>> children;
  if (plan.level == 0) {
    for (const FilePtr& file : plan.inputs) {
      children.push_back(file->reader->NewIterator(/*fill_cache=*/false));
    }
  } else {
    children.push_back(NewLevelIterator(&plan.inputs, /*fill_cache=*/false));
  }
  for (const CompactionPlan::LevelFiles& run : plan.between) {
    children.push_back(NewLevelIterator(&run.files, /*fill_cache=*/false));
  }
  if (!plan.output_files.empty()) {
    children.push_back(
        NewLevelIterator(&plan.output_files, /*fill_cache=*/false));
  }
  return NewMergingIterator(std::move(children));
}

RangeTombstones InputTombstones(const CompactionPlan& plan) {
  std::vector<RangeTombstone> list;
  plan.ForEachFile([&](int, const FilePtr& file) {
    for (RangeTombstone& t : file->reader->range_tombstones().ToList()) {
      list.push_back(std::move(t));
    }
  });
  return RangeTombstones(list);
}

uint64_t InputRecords(const CompactionPlan& plan) {
  uint64_t records = 0;
  plan.ForEachFile([&](int, const FilePtr& file) { records += file->records; });
  return records;
}

OutputLimits LimitsFor(const CompactionPlan& plan, const Options& options) {
  OutputLimits limits;
  limits.compression = plan.output_level == kLevels - 1
                           ? options.compression_bottom
                           : options.compression;
  limits.table_bytes_max = options.table_bytes;
  limits.grandparents = plan.grandparents;
  limits.values_of = plan.version.get();
  limits.collect = plan.collect;
  return limits;
}

}  // namespace

absl::StatusOr<JobResult> RunCompaction(const JobContext& context,
                                        const CompactionPlan& plan,
                                        std::vector<SequenceNumber> snapshots,
                                        const std::atomic<bool>& cancelled) {
  if (plan.trivial_move) return MoveTables(plan);

  const RangeTombstones tombstones = InputTombstones(plan);
  RecordFilter filter(std::move(snapshots), &tombstones,
                      LevelsBelow(plan.version.get(), plan.output_level));
  TablesWriter output(context, LimitsFor(plan, *context.options),
                      filter.KeptTombstones());
  const std::unique_ptr<InternalIterator> entries = NewInputIterator(plan);
  uint64_t read = 0;
  uint64_t dropped = 0;
  for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
    if (++read % kEntriesPerCheck == 0 &&
        cancelled.load(std::memory_order_relaxed)) {
      return absl::CancelledError("the store is closing");
    }
    if (filter.Decide(entries->key()) == RecordFilter::Verdict::kKeep) {
      LSMKV_RETURN_IF_ERROR(output.Add(entries->key(), entries->value()));
    } else {
      ++dropped;
    }
  }
  LSMKV_RETURN_IF_ERROR(entries->status());
  LSMKV_ASSIGN_OR_RETURN(WrittenFiles files, output.Finish());
  if (read != InputRecords(plan) || output.records() + dropped != read) {
    return Internal("compaction read ", read, " of ", InputRecords(plan),
                    " entries, wrote ", output.records(), ", dropped ",
                    dropped);
  }
  JobResult result;
  result.read_bytes = plan.input_bytes();
  result.written_bytes = output.written_bytes();
  plan.ForEachFile([&](int level, const FilePtr& file) {
    result.edit.removed_files.push_back({level, file->number});
  });
  std::move(files).AddTo(plan.output_level, &result.edit);
  return result;
}

}  // namespace lsmkv::engine
