#include "engine/src/compaction/value_collector.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lsmkv::engine {
namespace {

// Dead values may take this part of the live ones, ...
constexpr uint64_t kDeadPart = 4;
// ... and in a quiet store this part of a file.
constexpr uint64_t kQuietPart = 20;

double DeadRatio(const ValueUse& use) {
  return static_cast<double>(use.dead_bytes()) /
         static_cast<double>(use.file->block_bytes);
}

// The files with dead values of which no table in L0 has any: what is in L0 is
// about to be compacted anyway.
std::vector<const ValueUse*> Candidates(const Version& version) {
  std::set<uint64_t> in_level_zero;
  for (const FilePtr& file : version.level(0)) {
    for (const ValueShare& share : file->shares) {
      in_level_zero.insert(share.file);
    }
  }
  std::vector<const ValueUse*> candidates;
  for (const auto& [number, use] : version.values()) {
    if (use.dead_bytes() > 0 && !in_level_zero.contains(number)) {
      candidates.push_back(&use);
    }
  }
  return candidates;
}

bool RefersTo(const FileMeta& table, const std::set<uint64_t>& files) {
  return std::any_of(
      table.shares.begin(), table.shares.end(),
      [&](const ValueShare& share) { return files.contains(share.file); });
}

}  // namespace

uint64_t DeadValueBytes(const Version& version) {
  uint64_t dead = 0;
  for (const auto& [number, use] : version.values()) dead += use.dead_bytes();
  return dead;
}

uint64_t DeadValueBytesMax(const Version& version, const Options& options) {
  uint64_t live = 0;
  for (const auto& [number, use] : version.values()) live += use.bytes;
  const uint64_t hidden =
      options.memtable_bytes * static_cast<uint64_t>(options.l0_trigger);
  return std::max(live / kDeadPart, hidden);
}

std::set<uint64_t> FilesToCollect(const Version& version,
                                  const Options& options, bool quiet) {
  std::set<uint64_t> files;
  std::vector<const ValueUse*> candidates = Candidates(version);
  if (quiet) {
    for (const ValueUse* use : candidates) {
      if (use->dead_bytes() >= use->file->block_bytes / kQuietPart) {
        files.insert(use->file->number);
      }
    }
    return files;
  }
  const uint64_t dead_max = DeadValueBytesMax(version, options);
  uint64_t dead = DeadValueBytes(version);
  if (dead <= dead_max) return files;
  std::sort(candidates.begin(), candidates.end(),
            [](const ValueUse* a, const ValueUse* b) {
              return DeadRatio(*a) > DeadRatio(*b);
            });
  for (const ValueUse* use : candidates) {
    if (dead <= dead_max / 4 * 3) break;
    dead -= use->dead_bytes();
    files.insert(use->file->number);
  }
  return files;
}

std::optional<CompactionPlan> PlanCollection(
    const std::shared_ptr<const Version>& version,
    const std::set<uint64_t>& files, const std::string_view* begin,
    const std::string_view* end, const std::set<uint64_t>& busy) {
  if (files.empty()) return std::nullopt;
  for (int n = 1; n < kLevels; ++n) {
    for (const FilePtr& file : version->Overlapping(n, begin, end)) {
      if (busy.contains(file->number) || !RefersTo(*file, files)) continue;
      CompactionPlan plan;
      plan.version = version;
      plan.level = n;
      plan.output_level = n;
      plan.inputs = {file};
      plan.collect = files;
      return plan;
    }
  }
  return std::nullopt;
}

std::optional<CompactionPlan> PickWork(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace, bool quiet) {
  const auto collect = [&](bool thorough) {
    return PlanCollection(version, FilesToCollect(*version, options, thorough),
                          nullptr, nullptr, busy);
  };
  std::optional<CompactionPlan> plan;
  if (DeadValueBytes(*version) > 2 * DeadValueBytesMax(*version, options)) {
    plan = collect(/*thorough=*/false);
  }
  if (!plan) plan = PickCompaction(version, options, busy, pace);
  if (!plan) plan = collect(/*thorough=*/false);
  if (!plan && quiet) plan = collect(/*thorough=*/true);
  return plan;
}

}  // namespace lsmkv::engine
