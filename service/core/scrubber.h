// Scrubber: verifies the store in the background, pass after pass, slowly.
//
// Data that nobody reads rots unseen; a scrub finds it while there still is a
// copy elsewhere. What is found is told once, and the server goes on: whatever
// is not damaged can be read and written.

#ifndef LSMKV_SERVICE_CORE_SCRUBBER_H_
#define LSMKV_SERVICE_CORE_SCRUBBER_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"
#include "service/core/store.h"

namespace lsmkv::service {

struct ScrubOptions {
  // From the start of a pass to that of the next; 0: never.
  uint64_t interval_micros = 0;
  // 0: as fast as the disk gives.
  uint64_t bytes_per_second = 0;
};

struct ScrubStats {
  uint64_t passes = 0;    // that came to their end
  uint64_t findings = 0;  // places found damaged, each once
  uint64_t bytes = 0;     // read
  // Places that the last pass found damaged; of one under way, so far.
  uint64_t damaged_places = 0;
  // Wall clock of the end of the last pass; 0: none yet.
  uint64_t last_pass_micros = 0;
  // Empty, or what the first of these places is.
  std::string damage;
};

// Called on the scrubber's thread.
class ScrubListener {
 public:
  virtual ~ScrubListener() = default;
  // A place that was not known to be damaged.
  virtual void OnScrubFinding(const engine::VerifyFinding& finding) = 0;
  // A pass has ended: OK, or why it came to no end.
  virtual void OnScrubPass(const absl::Status& status,
                           const engine::VerifyProgress& progress) = 0;
};

// Threads: safe for concurrent use.
class Scrubber {
 public:
  // All but `options` is borrowed. The first pass is due a minute after this,
  // or after an interval if that is shorter.
  Scrubber(Store* store, engine::Env* clock, const ScrubOptions& options,
           ScrubListener* listener);
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  // Has a thread run passes as they become due.
  void Start();
  // Ends a pass under way; none follows. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mu_);

  // Runs a pass if one is due. For the thread, and for tests without one.
  bool RunIfDue() ABSL_LOCKS_EXCLUDED(mu_);

  ScrubStats GetStats() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Place = std::pair<std::string, uint64_t>;  // file, offset

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  void RunPass() ABSL_LOCKS_EXCLUDED(mu_);
  void Found(const engine::VerifyFinding& finding) ABSL_LOCKS_EXCLUDED(mu_);

  Store* const store_;
  engine::Env* const clock_;
  const ScrubOptions options_;
  ScrubListener* const listener_;
  std::atomic<bool> stopping_{false};  // polled by the store

  mutable engine::Mutex mu_;
  engine::CondVar changed_;
  uint64_t due_micros_ ABSL_GUARDED_BY(mu_);
  ScrubStats stats_ ABSL_GUARDED_BY(mu_);
  std::set<Place> known_ ABSL_GUARDED_BY(mu_);  // of the last pass
  std::set<Place> found_ ABSL_GUARDED_BY(mu_);  // of the one under way
  std::thread thread_;                          // last: uses all of the above
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_SCRUBBER_H_
