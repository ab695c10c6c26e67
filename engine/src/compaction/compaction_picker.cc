#include "engine/src/compaction/compaction_picker.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "engine/src/compaction/tiered_picker.h"

namespace lsmkv::engine {
namespace {

struct Bounds {
  std::string_view smallest;
  std::string_view largest;
};

Bounds BoundsOf(const std::vector<FilePtr>& files) {
  Bounds bounds{files[0]->smallest_user(), files[0]->largest_user()};
  for (const FilePtr& file : files) {
    bounds.smallest = std::min(bounds.smallest, file->smallest_user());
    bounds.largest = std::max(bounds.largest, file->largest_user());
  }
  return bounds;
}

bool AnyBusy(const std::vector<FilePtr>& files,
             const std::set<uint64_t>& busy) {
  return std::any_of(files.begin(), files.end(), [&](const FilePtr& file) {
    return busy.contains(file->number);
  });
}

// Completes a plan whose version, level, output_level and inputs are set.
CompactionPlan Complete(CompactionPlan plan, const Options& options) {
  const Bounds inputs = BoundsOf(plan.inputs);
  if (plan.output_level != plan.level) {
    plan.output_files = plan.version->Overlapping(
        plan.output_level, &inputs.smallest, &inputs.largest);
  }
  std::vector<FilePtr> all = plan.inputs;
  all.insert(all.end(), plan.output_files.begin(), plan.output_files.end());
  const Bounds total = BoundsOf(all);
  if (plan.output_level + 1 < kLevels) {
    plan.grandparents = plan.version->Overlapping(
        plan.output_level + 1, &total.smallest, &total.largest);
  }
  // A moved table keeps its compression; into the last level it is rewritten
  // if that one has another.
  plan.trivial_move =
      plan.output_level != plan.level && plan.output_files.empty() &&
      Disjoint(plan.inputs) &&
      TotalBytes(plan.grandparents) <= 10 * options.table_bytes &&
      (options.compression == options.compression_bottom ||
       plan.output_level != kLevels - 1);
  return plan;
}

// Of the level's tables the one that costs least per byte it moves down.
std::optional<CompactionPlan> PickFile(
    const std::shared_ptr<const Version>& version, const Options& options,
    int level, int output_level, const std::set<uint64_t>& busy) {
  FilePtr best;
  double best_ratio = std::numeric_limits<double>::max();
  for (const FilePtr& file : version->level(level)) {
    if (busy.contains(file->number)) continue;
    const std::string_view smallest = file->smallest_user();
    const std::string_view largest = file->largest_user();
    const std::vector<FilePtr> below =
        version->Overlapping(output_level, &smallest, &largest);
    if (AnyBusy(below, busy)) continue;
    const double ratio = static_cast<double>(TotalBytes(below)) /
                         static_cast<double>(file->file_bytes);
    if (ratio < best_ratio) {
      best_ratio = ratio;
      best = file;
    }
  }
  if (best == nullptr) return std::nullopt;
  CompactionPlan plan;
  plan.version = version;
  plan.level = level;
  plan.output_level = output_level;
  plan.inputs = {best};
  return Complete(std::move(plan), options);
}

// All of L0 at once: its tables overlap, and the older must not stay behind
// in front of the newer.
std::optional<CompactionPlan> PlanLevelZero(
    const std::shared_ptr<const Version>& version, const Options& options) {
  if (version->level(0).empty()) return std::nullopt;
  CompactionPlan plan;
  plan.version = version;
  plan.output_level = ComputeLevelTargets(*version, options).base_level;
  plan.inputs = version->level(0);
  return Complete(std::move(plan), options);
}

// A merge rewrites the level that L0 goes to: it is worth the more, the more
// of L0 comes with it. Overwriting 4 M records of 116 bytes at random, waiting
// for three times as many tables wrote 2.5 bytes per byte put in place of 3.9.
double LevelZeroScore(const Version& version, const Options& options,
                      int output_level, WritePace pace) {
  const auto tables = static_cast<double>(version.level(0).size());
  if (tables == 0) return 0;
  const uint64_t l0_bytes = version.level_bytes(0);
  const uint64_t below_bytes = version.level_bytes(output_level);
  if (pace == WritePace::kIdle && (tables > 1 || below_bytes > 0) &&
      l0_bytes * static_cast<uint64_t>(options.level_multiplier) >=
          below_bytes) {
    return 1;
  }
  const int patience = l0_bytes >= below_bytes ? 1 : 3;
  return tables / (patience * options.l0_trigger);
}

}  // namespace

LevelTargets ComputeLevelTargets(const Version& version,
                                 const Options& options) {
  const auto multiplier = static_cast<uint64_t>(options.level_multiplier);
  LevelTargets targets;
  uint64_t largest = 0;
  int first_used = kLevels - 1;
  for (int n = kLevels - 1; n >= 1; --n) {
    largest = std::max(largest, version.level_bytes(n));
    if (!version.level(n).empty()) first_used = n;
  }
  // From the last level up, while a level is worth having.
  uint64_t target = std::max(largest, options.level_base_bytes);
  int level = kLevels - 1;
  targets.bytes_max[static_cast<size_t>(level)] = target;
  while (level > 1 && target / multiplier >= options.level_base_bytes) {
    target /= multiplier;
    --level;
    targets.bytes_max[static_cast<size_t>(level)] = target;
  }
  // Levels above that still hold tables drain into the ones below.
  targets.base_level = std::min(level, first_used);
  for (int n = 1; n < kLevels; ++n) {
    uint64_t& bytes = targets.bytes_max[static_cast<size_t>(n)];
    if (bytes == 0) bytes = 1;
  }
  return targets;
}

double LevelScore(const Version& version, const Options& options,
                  const LevelTargets& targets, int level, WritePace pace) {
  if (options.compaction_style != CompactionStyle::kLeveled) {
    return level == 0 ? TieredLevelZeroScore(version, options) : 0;
  }
  if (level == 0) {
    return LevelZeroScore(version, options, targets.base_level, pace);
  }
  if (level == kLevels - 1) return 0;
  return static_cast<double>(version.level_bytes(level)) /
         static_cast<double>(targets.bytes_max[static_cast<size_t>(level)]);
}

uint64_t PendingCompactionBytes(const Version& version,
                                const Options& options) {
  if (options.compaction_style != CompactionStyle::kLeveled) {
    return TieredLevelZeroScore(version, options) >= 1 ? version.level_bytes(0)
                                                       : 0;
  }
  const LevelTargets targets = ComputeLevelTargets(version, options);
  uint64_t pending = 0;
  if (LevelScore(version, options, targets, 0) >= 1) {
    pending += version.level_bytes(0) + version.level_bytes(targets.base_level);
  }
  for (int n = 1; n < kLevels - 1; ++n) {
    const uint64_t bytes = version.level_bytes(n);
    const uint64_t bytes_max = targets.bytes_max[static_cast<size_t>(n)];
    if (bytes > bytes_max) {
      pending += (bytes - bytes_max) *
                 (static_cast<uint64_t>(options.level_multiplier) / 2 + 1);
    }
  }
  return pending;
}

std::optional<CompactionPlan> PickCompaction(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace) {
  if (options.compaction_style != CompactionStyle::kLeveled) {
    return PickTiered(version, options, busy, pace);
  }
  const LevelTargets targets = ComputeLevelTargets(*version, options);
  std::vector<std::pair<double, int>> wanted;
  for (int n = 0; n < kLevels - 1; ++n) {
    const double score = LevelScore(*version, options, targets, n, pace);
    if (score >= 1) wanted.emplace_back(score, n);
  }
  std::sort(wanted.begin(), wanted.end(), std::greater<>());
  for (const auto& [score, level] : wanted) {
    std::optional<CompactionPlan> plan =
        level == 0 ? PlanLevelZero(version, options)
                   : PickFile(version, options, level, level + 1, busy);
    if (plan && !plan->Touches(busy)) return plan;
  }
  return std::nullopt;
}

std::optional<CompactionPlan> PlanRange(
    const std::shared_ptr<const Version>& version, const Options& options,
    int level, const std::string_view* begin, const std::string_view* end,
    uint64_t rewrite_below) {
  const std::vector<FilePtr> files = version->Overlapping(level, begin, end);
  if (files.empty()) return std::nullopt;
  if (level == 0) {
    const bool old = std::any_of(
        files.begin(), files.end(),
        [&](const FilePtr& file) { return file->number < rewrite_below; });
    return old ? PlanLevelZero(version, options) : std::nullopt;
  }
  CompactionPlan plan;
  plan.version = version;
  plan.level = level;
  const int deepest =
      std::max(version->deepest_level(),
               ComputeLevelTargets(*version, options).base_level);
  plan.output_level = std::min(level + 1, deepest);
  for (const FilePtr& file : files) {
    if (level < deepest || file->number < rewrite_below) {
      plan.inputs = {file};
      return Complete(std::move(plan), options);
    }
  }
  return std::nullopt;
}

}  // namespace lsmkv::engine
