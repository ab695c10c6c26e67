#include "engine/src/compaction/compaction_plan.h"

#include <algorithm>

namespace lsmkv::engine {

void CompactionPlan::ForEachFile(
    absl::FunctionRef<void(int, const FilePtr&)> use) const {
  for (const FilePtr& file : inputs) use(level, file);
  for (const LevelFiles& run : between) {
    for (const FilePtr& file : run.files) use(run.level, file);
  }
  for (const FilePtr& file : output_files) use(output_level, file);
}

std::vector<uint64_t> CompactionPlan::FileNumbers() const {
  std::vector<uint64_t> numbers;
  ForEachFile(
      [&](int, const FilePtr& file) { numbers.push_back(file->number); });
  return numbers;
}

bool CompactionPlan::Touches(const std::set<uint64_t>& numbers) const {
  bool touches = false;
  ForEachFile([&](int, const FilePtr& file) {
    touches = touches || numbers.contains(file->number);
  });
  return touches;
}

uint64_t CompactionPlan::input_bytes() const {
  uint64_t bytes = 0;
  ForEachFile([&](int, const FilePtr& file) { bytes += file->file_bytes; });
  return bytes;
}

uint64_t TotalBytes(const std::vector<FilePtr>& files) {
  uint64_t bytes = 0;
  for (const FilePtr& file : files) bytes += file->file_bytes;
  return bytes;
}

bool Disjoint(std::vector<FilePtr> files) {
  std::sort(files.begin(), files.end(), [](const FilePtr& a, const FilePtr& b) {
    return CompareInternal(a->smallest, b->smallest) < 0;
  });
  for (size_t i = 1; i < files.size(); ++i) {
    if (files[i]->smallest_user() <= files[i - 1]->largest_user()) return false;
  }
  return true;
}

}  // namespace lsmkv::engine
