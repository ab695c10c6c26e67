#include "tests/support/crash_images.h"

#include <utility>

namespace lsmkv {
namespace {

// Enough for three items in every order: a guard against a mode that decides
// on more than it should.
constexpr size_t kItemOutcomesMax = 1024;

bool DecidesOnWholeItems(CrashMode mode) {
  return mode != CrashMode::kKeepPrefix && mode != CrashMode::kTornPages &&
         mode != CrashMode::kTornSectors;
}

}  // namespace

CrashImages::CrashImages(const SimTree& tree, CrashMode mode, size_t limit,
                         uint64_t seed)
    : seed_(seed) {
  const bool few = PendingItems(*tree) <= kItemsMax;
  const bool all = few && DecidesOnWholeItems(mode);
  exhaustive_ = Enumerate(*tree, mode, all ? kItemOutcomesMax : limit);
  if (exhaustive_) return;
  trees_.clear();
  seen_.clear();
  Sample(*tree, mode, limit);
}

bool CrashImages::Enumerate(const SimNode& root, CrashMode mode, size_t limit) {
  EnumeratedChoices choices;
  size_t outcomes = 0;
  do {
    if (outcomes++ == limit) return false;
    Add(CrashedTree(root, mode, &choices));
  } while (choices.Next());
  return true;
}

void CrashImages::Sample(const SimNode& root, CrashMode mode, size_t limit) {
  Random rng(seed_);
  for (size_t i = 0; i < limit; ++i) Add(CrashedTree(root, mode, rng.Next()));
}

void CrashImages::Add(SimNodeRef tree) {
  if (seen_.insert(Fingerprint(*tree)).second) {
    trees_.push_back(std::move(tree));
  }
}

std::unique_ptr<SimEnv> CrashImages::Next() {
  if (next_ == trees_.size()) return nullptr;
  SimNodeRef tree = std::exchange(trees_[next_++], nullptr);
  // New files there get no identity that a file of another image has.
  const uint64_t seed = (seed_ + next_) ^ Fingerprint(*tree);
  return std::make_unique<SimEnv>(seed, std::move(tree));
}

}  // namespace lsmkv
