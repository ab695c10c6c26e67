// CrashRecorder: freezes the disk at every operation that changes what a power
// cut may leave, with all that is needed to say which moment it was.
//
// Threads: thread-safe; the engine's threads record while they work.

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_RECORDER_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_RECORDER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/mutex.h"
#include "tests/support/sim_disk.h"
#include "tests/support/sim_env.h"
#include "tests/support/sim_ops.h"

namespace lsmkv::engine {

// What the store is doing.
enum class Phase { kCreate, kRun, kClose, kRecover };

// What a thread of the engine is at work on, as the edits that it writes to
// the MANIFEST tell.
enum class Job { kUnknown, kFlush, kCompaction, kNewWal, kRoll };

// A moment at which the power might go.
struct Moment {
  SimTree tree;
  uint64_t number = 0;
  Phase phase = Phase::kRun;
  // The operation that is about to begin or has just ended; none where the
  // test itself chose the moment, which `note` names.
  SimOp op{};
  bool before = false;
  std::string note;
  std::string path;
  FileKind file = FileKind::kUnknown;
  // The operation of the same thread before this one.
  SimOp last_op{};
  FileKind last_file = FileKind::kUnknown;
  // What the thread works on: known once it has written its edit.
  std::thread::id thread;
  Job job = Job::kUnknown;
  // Of an append to a log.
  size_t records = 0;
  size_t bytes = 0;
  bool seal = false;
  // CURRENT does not name this MANIFEST yet.
  bool new_manifest = false;
  bool iterator_open = false;
  // A table of a compaction that was cancelled goes.
  bool abandoned = false;
  // What was acknowledged as durable before the moment.
  uint64_t durable_version = 0;

  std::string ToString() const;
};

class CrashRecorder {
 public:
  // All of these outlive the recorder's use. `durable` gives the version up to
  // which everything is acknowledged as durable.
  CrashRecorder(SimEnv* env, std::function<uint64_t()> durable);
  ~CrashRecorder() { Stop(); }

  // Records at these operations from now on; of the appends of records to
  // write-ahead logs only one in `append_period`, unless there is something
  // special about them.
  void Start(uint32_t ops, uint64_t append_period);
  void Stop();
  // The moment that the test chooses.
  void Take(const std::string& note);

  void SetPhase(Phase phase) { phase_.store(phase); }
  void SetIteratorOpen(bool open) { iterator_open_.store(open); }
  // This table is of a compaction that will be cancelled.
  void WillBeAbandoned(std::string_view path) ABSL_LOCKS_EXCLUDED(mu_);

  // Called at events too, outside of all locks: tests may act there. nullptr
  // for nothing.
  void SetHook(SimObserver hook) ABSL_LOCKS_EXCLUDED(mu_);

  // All so far; the recorder forgets them.
  std::vector<Moment> Finish() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct ThreadState {
    SimOp last_op{};
    FileKind last_file = FileKind::kUnknown;
    Job job = Job::kUnknown;
    // Moments whose job the thread's next edit tells.
    std::vector<size_t> undecided;
  };

  void OnEvent(const SimEvent& event) ABSL_LOCKS_EXCLUDED(mu_);
  Moment Describe(const SimEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What the append of an edit to a MANIFEST says of its thread.
  void LearnJob(const Moment& moment, std::string_view data, ThreadState* state)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Wanted(const Moment& moment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  SimEnv* const env_;
  const std::function<uint64_t()> durable_;
  uint64_t append_period_ = 1;
  std::atomic<Phase> phase_{Phase::kRun};
  std::atomic<bool> iterator_open_{false};

  Mutex mu_;
  std::shared_ptr<const SimObserver> hook_ ABSL_GUARDED_BY(mu_);
  std::vector<Moment> moments_ ABSL_GUARDED_BY(mu_);
  std::map<std::thread::id, ThreadState> threads_ ABSL_GUARDED_BY(mu_);
  std::set<std::pair<Phase, std::string>> manifests_ ABSL_GUARDED_BY(mu_);
  std::set<std::string> abandoned_ ABSL_GUARDED_BY(mu_);
  uint64_t next_number_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t appends_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_RECORDER_H_
