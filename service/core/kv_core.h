// KvCore: the operations of the service, neutral of protocol. It checks limits
// and arguments, normalises ranges, honours deadlines and cancellation, pages
// scans, and calls the Store. gRPC and REST are thin adapters over it.
//
// Threads: every method may be called from any thread.
// Errors: made by service/core/error.h, each with a reason.

#ifndef LSMKV_SERVICE_CORE_KV_CORE_H_
#define LSMKV_SERVICE_CORE_KV_CORE_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "service/core/store.h"
#include "service/core/types.h"

namespace lsmkv::service {

class PageTokens;        // service/core/page_token.h
class SnapshotRegistry;  // service/core/snapshot_registry.h
class VerifyGate;        // service/core/verify_stream.h
class VerifyStream;      // service/core/verify_stream.h

// What a call may cost and whether anyone still wants its answer.
struct CallContext {
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::time_point::max();
  // Null: cannot be cancelled. Called often; must be cheap.
  std::function<bool()> cancelled;

  // OK, CANCELLED or DEADLINE_EXCEEDED.
  absl::Status Check() const;
};

// A scan in chunks, all of one snapshot. Holds at most one chunk in memory.
// One thread at a time.
class ScanStream {
 public:
  virtual ~ScanStream() = default;
  // The next records, at most Limits::stream_chunk_bytes but at least one
  // record; nothing at the end.
  virtual absl::StatusOr<std::optional<std::vector<Record>>> Next(
      const CallContext& context) = 0;
  virtual uint64_t snapshot_version() const = 0;
};

class KvCore {
 public:
  // `store` is borrowed and must outlive the core.
  KvCore(Store* store, const Limits& limits);
  ~KvCore();

  absl::StatusOr<Value> Get(const CallContext& context, std::string_view key);
  // One result per key, in order; nothing where the key is absent.
  absl::StatusOr<std::vector<std::optional<Value>>> BatchGet(
      const CallContext& context, const std::vector<std::string>& keys);

  // Checks and starts a write; `done` is called exactly once, on any thread.
  void Write(const CallContext& context, WriteRequest request, WriteDone done);
  // Resolves a range (checking that it is not unbounded unless `all`) and
  // deletes it.
  void DeleteRange(const CallContext& context, const RangeSpec& range, bool all,
                   Durability durability, WriteDone done);

  absl::StatusOr<ScanPage> Scan(const CallContext& context,
                                const ScanRequest& request);
  absl::StatusOr<std::unique_ptr<ScanStream>> StreamScan(
      const CallContext& context, const ScanRequest& request);

  absl::Status Flush(const CallContext& context);
  absl::Status Compact(const CallContext& context, const RangeSpec& range);
  engine::Stats GetStats();
  const Limits& limits() const { return limits_; }
  // When a call that asks for `asked` must be over: never later than
  // Limits::deadline_max_ms from now. A call that asks for nothing (max())
  // gets Limits::deadline_default_ms, or the longest where it is `long_call`
  // (a stream, a compaction).
  std::chrono::steady_clock::time_point DeadlineFor(
      std::chrono::steady_clock::time_point asked, bool long_call) const;
  // OK while writes are taken.
  absl::Status Health();
  // Ends compactions that callers asked for, and those they ask for later:
  // they would hold up the end of the server.
  void CancelCompactions();
  // Starts to verify the store; one at a time (VERIFY_RUNNING). 0: no limit.
  absl::StatusOr<std::unique_ptr<VerifyStream>> Verify(
      const CallContext& context, uint64_t bytes_per_second);
  // Ends a verify under way; no other one starts.
  void StopVerify();

 private:
  // Hands a checked write to the store, if not too much waits there.
  void StartWrite(WriteRequest request, WriteDone done);

  Store* const store_;
  const Limits limits_;
  std::atomic<uint64_t> pending_write_bytes_{0};
  const std::unique_ptr<PageTokens> tokens_;
  const std::unique_ptr<SnapshotRegistry> snapshots_;
  const std::unique_ptr<VerifyGate> verify_gate_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_KV_CORE_H_
