// CrashImages: the disks that a power cut at one moment may leave.
//
//   CrashImages images(env.Freeze(), CrashMode::kAnyPages, /*limit=*/32, seed);
//   while (std::unique_ptr<SimEnv> disk = images.Next()) { ... }
//
// All of them, each once, where no more than three items (unsynced pages and
// directory operations) are pending and the mode decides on whole items, or
// where the mode has no more than `limit` outcomes at all; else `limit` of them
// drawn from the seed. Equal disks are left out either way.

#ifndef LSMKV_TESTS_SUPPORT_CRASH_IMAGES_H_
#define LSMKV_TESTS_SUPPORT_CRASH_IMAGES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "tests/support/sim_disk.h"
#include "tests/support/sim_env.h"

namespace lsmkv {

class CrashImages {
 public:
  static constexpr size_t kItemsMax = 3;

  CrashImages(const SimTree& tree, CrashMode mode, size_t limit, uint64_t seed);

  // nullptr after the last.
  std::unique_ptr<SimEnv> Next();

  size_t size() const { return trees_.size(); }
  // Whether there are no others.
  bool exhaustive() const { return exhaustive_; }

 private:
  // True if it found them all.
  bool Enumerate(const SimNode& root, CrashMode mode, size_t limit);
  void Sample(const SimNode& root, CrashMode mode, size_t limit);
  void Add(SimNodeRef tree);

  const uint64_t seed_;
  bool exhaustive_ = false;
  std::set<uint64_t> seen_;
  std::vector<SimNodeRef> trees_;
  size_t next_ = 0;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_CRASH_IMAGES_H_
