// VerifyStream: a verify of the store that somebody watches.
//
// A thread of its own reads the store; what it finds waits for the one who
// asked. A caller that falls behind holds it up, and one that goes away ends
// it.

#ifndef LSMKV_SERVICE_CORE_VERIFY_STREAM_H_
#define LSMKV_SERVICE_CORE_VERIFY_STREAM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/mutex.h"
#include "service/core/kv_core.h"
#include "service/core/store.h"

namespace lsmkv::service {

// What happened since the event before.
struct VerifyEvent {
  std::vector<engine::VerifyFinding> findings;
  engine::VerifyProgress progress;
};

class VerifyStream;

// Lets one verify run at a time, and ends it with the server.
// Threads: safe for concurrent use.
class VerifyGate {
 public:
  // RESOURCE_EXHAUSTED (VERIFY_RUNNING) where one runs, UNAVAILABLE
  // (SHUTTING_DOWN) after Close.
  absl::Status Enter(VerifyStream* stream) ABSL_LOCKS_EXCLUDED(mu_);
  void Leave() ABSL_LOCKS_EXCLUDED(mu_);
  // Ends the one that runs, and lets none in any more.
  void Close() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  engine::Mutex mu_;
  VerifyStream* running_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
};

// Threads: one at a time, but for Cancel.
class VerifyStream {
 public:
  // Starts. `store` and `gate` outlive the stream.
  static absl::StatusOr<std::unique_ptr<VerifyStream>> Start(
      Store* store, VerifyGate* gate, uint64_t bytes_per_second);
  // Ends the verify, and waits for that.
  ~VerifyStream();
  VerifyStream(const VerifyStream&) = delete;
  VerifyStream& operator=(const VerifyStream&) = delete;

  // Waits for findings, for about a second at most; nothing at the end. The
  // last event has the final numbers.
  absl::StatusOr<std::optional<VerifyEvent>> Next(const CallContext& context)
      ABSL_LOCKS_EXCLUDED(mu_);

  // Next ends with UNAVAILABLE (SHUTTING_DOWN).
  void Cancel() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  VerifyStream(Store* store, VerifyGate* gate) : store_(store), gate_(gate) {}
  void Run(uint64_t bytes_per_second) ABSL_LOCKS_EXCLUDED(mu_);

  Store* const store_;
  VerifyGate* const gate_;
  bool entered_ = false;
  bool at_end_ = false;
  // Polled by the store.
  std::atomic<bool> cancelled_{false};

  engine::Mutex mu_;
  engine::CondVar changed_;
  VerifyEvent waiting_ ABSL_GUARDED_BY(mu_);
  // Set once the verify is over.
  std::optional<absl::Status> result_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;  // last: uses all of the above
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_VERIFY_STREAM_H_
