// CompactionPlan: which tables of which version a compaction merges, and into
// which level.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PLAN_H_
#define LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PLAN_H_

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "absl/functional/function_ref.h"

#include "engine/src/version/version.h"

namespace lsmkv::engine {

struct CompactionPlan {
  struct LevelFiles {
    int level = 0;
    std::vector<FilePtr> files;
  };

  std::shared_ptr<const Version> version;
  int level = 0;
  int output_level = 0;
  std::vector<FilePtr> inputs;  // of level
  // Of levels between the two, newest first; a leveled store has none.
  std::vector<LevelFiles> between;
  std::vector<FilePtr> output_files;  // of output_level, to be merged with
  std::vector<FilePtr> grandparents;  // of the level below, not touched
  // Value files whose values are moved to new ones (value_collector.h).
  std::set<uint64_t> collect;
  // The tables can be moved as they are.
  bool trivial_move = false;

  // All tables that the plan takes, with their levels.
  void ForEachFile(absl::FunctionRef<void(int, const FilePtr&)> use) const;
  std::vector<uint64_t> FileNumbers() const;

  bool Touches(const std::set<uint64_t>& numbers) const;
  uint64_t input_bytes() const;
};

uint64_t TotalBytes(const std::vector<FilePtr>& files);
// Whether no two of the tables may hold the same key.
bool Disjoint(std::vector<FilePtr> files);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_COMPACTION_PLAN_H_
