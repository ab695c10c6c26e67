#include "engine/src/compaction/tiered_picker.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lsmkv::engine {
namespace {

constexpr int kLastLevel = kLevels - 1;

// Of lazy leveling: above the last level there is at most 1/kLazyPart of it.
constexpr uint64_t kLazyPart = 2;
// Runs are of about the same size up to so many times the average.
constexpr uint64_t kSimilar = 2;

struct Run {
  int level;
  uint64_t bytes;
};

// The runs below L0, newest first.
std::vector<Run> RunsOf(const Version& version) {
  std::vector<Run> runs;
  for (int n = 1; n < kLevels; ++n) {
    if (!version.level(n).empty()) runs.push_back({n, version.level_bytes(n)});
  }
  return runs;
}

uint64_t BytesOf(const std::vector<Run>& runs) {
  uint64_t bytes = 0;
  for (const Run& run : runs) bytes += run.bytes;
  return bytes;
}

// All tables of the levels `from` to `to`, into `to`.
CompactionPlan PlanMerge(const std::shared_ptr<const Version>& version,
                         const Options& options, int from, int to) {
  CompactionPlan plan;
  plan.version = version;
  plan.level = from;
  plan.output_level = to;
  plan.inputs = version->level(from);
  for (int n = from + 1; n < to; ++n) {
    if (!version->level(n).empty()) {
      plan.between.push_back({n, version->level(n)});
    }
  }
  plan.output_files = version->level(to);
  std::vector<FilePtr> all;
  plan.ForEachFile([&](int, const FilePtr& file) { all.push_back(file); });
  // A moved table keeps its compression.
  plan.trivial_move =
      Disjoint(std::move(all)) &&
      (options.compression == options.compression_bottom || to != kLastLevel);
  return plan;
}

// Where L0 becomes a run of its own; 0 if no level is free.
int FreeLevel(const std::vector<Run>& runs) {
  return runs.empty() ? kLastLevel : runs.front().level - 1;
}

struct Span {
  int from;
  int to;
};

// The newest l0_trigger runs or more that are of about the same size.
std::optional<Span> SimilarRuns(const std::vector<Run>& runs,
                                const Options& options) {
  for (size_t i = 0; i < runs.size(); ++i) {
    uint64_t bytes = runs[i].bytes;
    size_t count = 1;
    while (i + count < runs.size() &&
           runs[i + count].bytes * count <= kSimilar * bytes) {
      bytes += runs[i + count].bytes;
      ++count;
    }
    if (count >= static_cast<size_t>(options.l0_trigger)) {
      return Span{runs[i].level, runs[i + count - 1].level};
    }
  }
  return std::nullopt;
}

// What sets the first level free, if it is in use.
std::optional<Span> MakeRoom(const std::vector<Run>& runs) {
  if (FreeLevel(runs) != 0) return std::nullopt;
  // A run that can go down without being merged: that costs nothing.
  for (size_t i = 0; i < runs.size(); ++i) {
    const int next = i + 1 < runs.size() ? runs[i + 1].level : kLevels;
    if (runs[i].level + 1 != next) return Span{runs[i].level, next - 1};
  }
  // A run that is smaller than what comes to it is not worth waiting for.
  uint64_t bytes = runs[0].bytes + runs[1].bytes;
  size_t last = 1;
  while (last + 1 < runs.size() && runs[last + 1].bytes <= bytes) {
    bytes += runs[++last].bytes;
  }
  return Span{runs[0].level, runs[last].level};
}

// The runs above the last level, if they hold too much of what may be dead.
std::optional<Span> TooMuchAboveLast(const Version& version,
                                     const Options& options,
                                     const std::vector<Run>& upper) {
  const uint64_t above = BytesOf(upper);
  const uint64_t last = version.level_bytes(kLastLevel);
  const bool too_much =
      options.compaction_style == CompactionStyle::kLazyLeveling
          ? above * kLazyPart >= last
          : above >= last * static_cast<uint64_t>(options.l0_trigger - 1);
  if (above == 0 || !too_much) return std::nullopt;
  return Span{upper.front().level, kLastLevel};
}

// All runs, in a quiet store whose last level is to be the only one, if they
// are worth it.
std::optional<Span> QuietRuns(const Version& version, const Options& options,
                              const std::vector<Run>& upper) {
  if (options.compaction_style != CompactionStyle::kLazyLeveling) {
    return std::nullopt;
  }
  const bool level_zero = !version.level(0).empty();
  const uint64_t above = version.level_bytes(0) + BytesOf(upper);
  const uint64_t last = version.level_bytes(kLastLevel);
  const size_t runs =
      version.level(0).size() + upper.size() + (last > 0 ? 1 : 0);
  if (above == 0 || runs == 1 ||
      above * static_cast<uint64_t>(options.level_multiplier) < last) {
    return std::nullopt;
  }
  return Span{level_zero ? 0 : upper.front().level, kLastLevel};
}

// In order of urgency.
std::vector<Span> WantedMerges(const Version& version, const Options& options,
                               WritePace pace) {
  std::vector<Span> wanted;
  const auto want = [&](const std::optional<Span>& span) {
    if (span) wanted.push_back(*span);
  };
  std::vector<Run> runs = RunsOf(version);
  const auto above_last = [&runs] {
    std::vector<Run> upper = runs;
    if (!upper.empty() && upper.back().level == kLastLevel) upper.pop_back();
    return upper;
  };
  if (pace == WritePace::kIdle) {
    want(QuietRuns(version, options, above_last()));
  }
  std::optional<Span> level_zero;
  if (TieredLevelZeroScore(version, options) >= 1 && FreeLevel(runs) > 0) {
    level_zero = Span{0, FreeLevel(runs)};
  }
  const std::optional<Span> room = MakeRoom(runs);
  // A single thread takes L0 along: it would have to wait anyway, and is
  // written once less. Others keep it small meanwhile.
  if (options.compaction_threads > 1) {
    want(std::exchange(level_zero, std::nullopt));
  } else if (level_zero) {
    runs.insert(runs.begin(), Run{0, version.level_bytes(0)});
  }
  const std::vector<Run> upper = above_last();
  const bool lazy = options.compaction_style == CompactionStyle::kLazyLeveling;
  want(TooMuchAboveLast(version, options, upper));
  want(SimilarRuns(lazy ? upper : runs, options));
  want(level_zero);
  want(room);
  return wanted;
}

}  // namespace

double TieredLevelZeroScore(const Version& version, const Options& options) {
  return static_cast<double>(version.level(0).size()) / options.l0_trigger;
}

std::optional<CompactionPlan> PickTiered(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace) {
  for (const Span& span : WantedMerges(*version, options, pace)) {
    CompactionPlan plan = PlanMerge(version, options, span.from, span.to);
    if (!plan.Touches(busy)) return plan;
  }
  return std::nullopt;
}

}  // namespace lsmkv::engine
