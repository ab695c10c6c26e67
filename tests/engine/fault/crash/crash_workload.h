// CrashWorkload: a store's life from its creation to its close, with everything
// in it that a crash may interrupt: synced and unsynced writes, batches over
// several pages, commit groups, range deletions, flushes, compactions with and
// without readers, a cancelled one, changes of the log, new MANIFESTs.

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_WORKLOAD_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_WORKLOAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/crash_recorder.h"
#include "tests/engine/fault/crash/prefix_history.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"

namespace lsmkv::engine {

// Small tables and memtables, so that much happens; the rest by `seed`.
Options CrashOptions(Env* env, uint64_t seed);

// A few operations, now and then one over several pages.
Edits RandomEdits(Random* rng);

struct WorkloadOptions {
  size_t commits = 400;
  // Threads that write beside the first.
  size_t more_writers = 0;
  // Of the appends to logs, one in so many is a moment.
  uint64_t append_period = 20;
  // Ends with enough data for a compaction that makes several tables, and is
  // closed while one is under way.
  bool bulk = false;
};

class CrashWorkload {
 public:
  explicit CrashWorkload(uint64_t seed);

  // Runs it all; the recorder has its moments afterwards.
  void Run(const WorkloadOptions& options);

  SimEnv* env() { return &env_; }
  const Options& options() const { return options_; }
  PrefixHistory* history() { return &history_; }
  // REQUIRES: Run has returned.
  std::vector<Moment> TakeMoments() { return recorder_.Finish(); }

 private:
  void Write(Random* rng);
  // A burst of writes that are in flight together.
  void WriteGroup();
  void Upkeep(size_t i);
  struct CompactionHold {
    std::atomic<std::thread::id> flusher{};
    std::atomic<bool> reached{false};
    std::atomic<bool> closing{false};
  };

  void HoldFlushes(const std::atomic<bool>* closing);
  void Bulk();
  void HoldCompaction(CompactionHold* hold);
  void Acknowledged(uint64_t version, Edits edits, bool sync);

  Random rng_;
  SimEnv env_;
  Options options_;
  PrefixHistory history_;
  CrashRecorder recorder_;
  std::unique_ptr<DB> db_;
  std::unique_ptr<Iterator> iterator_;
  bool group_taken_ = false;
  std::atomic<bool> acknowledged_taken_{false};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_WORKLOAD_H_
