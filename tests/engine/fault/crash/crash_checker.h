// CrashChecker: opens what a crash left and holds it against the history.

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_CHECKER_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/crash_points.h"
#include "tests/engine/fault/crash/crash_recorder.h"
#include "tests/engine/fault/crash/prefix_history.h"
#include "tests/engine/fault/crash/store_reader.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"

namespace lsmkv::engine {

class CrashChecker {
 public:
  // `history` is borrowed.
  CrashChecker(const Options& options, PrefixHistory* history, uint64_t seed)
      : options_(options), history_(history), rng_(seed) {}

  // Everything that a power cut at this moment may leave in this mode, at most
  // `limit` if there is much: each recovers to a prefix with all that was
  // durable (I1 to I4), and again to the same (I6), whether the store was
  // closed in between or lost its power after it was read (I5). Disks that were
  // seen before are left out. Fails the test and returns false if one does not.
  bool CheckMoment(const Moment& moment, CrashMode mode, size_t limit);

  // The same for one disk. `depth` more crashes are made inside its recovery
  // and after it, at so many of its operations, or at each if there are no
  // more, and each must recover to the same.
  bool CheckWithCrashesInside(SimEnv* image, const Moment& moment, int depth,
                              size_t images_per_level);

  // All different, and how many of them stand for moments of which every
  // outcome of a mode was checked.
  uint64_t images() const { return images_; }
  uint64_t exhaustive_images() const { return exhaustive_images_; }
  uint64_t inner_images() const { return inner_images_; }
  const CrashPointCounts& points() const { return points_; }
  CrashPointCounts* mutable_points() { return &points_; }

 private:
  // Opens, reads and checks; on success `state` has what was read.
  ::testing::AssertionResult Recover(SimEnv* image, uint64_t durable,
                                     StoreState* state,
                                     std::unique_ptr<DB>* db);
  ::testing::AssertionResult RecoverAgain(SimEnv* image, std::unique_ptr<DB> db,
                                          const StoreState& first);
  ::testing::AssertionResult SameAgain(SimEnv* image, const StoreState& first);
  // Recovers and records the moments of doing so.
  ::testing::AssertionResult RecoverRecorded(SimEnv* image,
                                             const Moment& moment,
                                             StoreState* state,
                                             std::vector<Moment>* moments);
  bool CheckInside(const std::vector<Moment>& moments, const StoreState& first,
                   int depth, size_t images);

  const Options options_;
  PrefixHistory* const history_;
  Random rng_;
  std::set<uint64_t> seen_;
  CrashPointCounts points_;
  uint64_t images_ = 0;
  uint64_t exhaustive_images_ = 0;
  uint64_t inner_images_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_CHECKER_H_
