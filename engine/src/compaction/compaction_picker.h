// Picking compactions: pure functions from a Version to what to do next.
//
// With Options::compaction_style kLeveled; tiered_picker.h has the others.
// Level sizes are dynamic: the deepest level in use sets the target of the
// levels above it, each level_multiplier times smaller, but not below
// level_base_bytes; L0 is compacted into the first level that has a target.
// That bounds dead space to about a tenth at any size of the store.
// Source: S. Dong et al., "Optimizing Space Amplification in RocksDB", CIDR
// 2017, section 3.1.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PICKER_H_
#define LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PICKER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "engine/src/compaction/compaction_plan.h"
#include "engine/src/version/version.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

struct LevelTargets {
  // Where L0 is compacted to; levels between are empty.
  int base_level = kLevels - 1;
  std::array<uint64_t, kLevels> bytes_max{};
};
LevelTargets ComputeLevelTargets(const Version& version,
                                 const Options& options);

// Whether writers are at work, or there is time to tidy up.
enum class WritePace { kBusy, kIdle };

// How far a level is over its target; at 1 it wants compaction. Below L0 of a
// tiered store it is 0.
double LevelScore(const Version& version, const Options& options,
                  const LevelTargets& targets, int level,
                  WritePace pace = WritePace::kBusy);
// Bytes that compactions must rewrite before every level is within its target;
// of a tiered store before L0 is: a merge of large runs is no sign of writers
// being too fast.
uint64_t PendingCompactionBytes(const Version& version, const Options& options);

// The most urgent compaction that touches no table in `busy`; nothing if no
// level wants one.
std::optional<CompactionPlan> PickCompaction(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace = WritePace::kBusy);

// The next step of compacting [begin, end] (null: unbounded) from `level` one
// level down, or, on the deepest level, of rewriting tables in place. In L0
// and on the deepest level only tables numbered below `rewrite_below` count.
// Nothing if no such table is left.
std::optional<CompactionPlan> PlanRange(
    const std::shared_ptr<const Version>& version, const Options& options,
    int level, const std::string_view* begin, const std::string_view* end,
    uint64_t rewrite_below);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PICKER_H_
