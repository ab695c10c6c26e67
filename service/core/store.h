// Store: what the service needs of whatever keeps the data. The embedded
// engine is its first implementation (service/core/engine_store.h); a remote
// store can be another.
//
// Threads: every method may be called from any thread at any time.
// Errors: canonical codes as in lsmkv/engine/db.h. A key that is absent is
// NOT_FOUND.

#ifndef LSMKV_SERVICE_CORE_STORE_H_
#define LSMKV_SERVICE_CORE_STORE_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/stats.h"
#include "lsmkv/engine/verify.h"
#include "service/core/types.h"

namespace lsmkv::service {

// A moment of the store, kept readable until it is destroyed.
class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;
  virtual uint64_t version() const = 0;
};

// Walks records in one direction. A new cursor stands on its first record.
// Views live until Next().
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool Valid() const = 0;
  virtual void Next() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual uint64_t version() const = 0;
  // Why the cursor is not valid: OK at the end.
  virtual absl::Status status() const = 0;
};

struct ScanOptions {
  KeyRange range;
  bool reverse = false;
  // Large scans should not displace what point reads keep in memory.
  bool fill_cache = true;
  // Null: the moment of the call. Must outlive the cursor.
  const StoreSnapshot* snapshot = nullptr;
  // value() is not called.
  bool keys_only = false;
};

// Called exactly once, on any thread, with the version of the last operation.
using WriteDone = absl::AnyInvocable<void(absl::StatusOr<uint64_t>) &&>;

// Called by Verify on its own thread.
using VerifyFindingFn = absl::FunctionRef<void(const engine::VerifyFinding&)>;
using VerifyProgressFn = absl::FunctionRef<void(const engine::VerifyProgress&)>;

class Store {
 public:
  virtual ~Store() = default;

  virtual absl::StatusOr<Value> Get(std::string_view key,
                                    const StoreSnapshot* snapshot) = 0;
  // All operations or none. Returns before the write is done.
  virtual void Write(WriteRequest request, WriteDone done) = 0;
  virtual std::unique_ptr<Cursor> Scan(const ScanOptions& options) = 0;
  virtual std::unique_ptr<StoreSnapshot> GetSnapshot() = 0;

  virtual absl::Status Flush() = 0;
  virtual absl::Status Compact(const KeyRange& range) = 0;
  // Compact calls under way and later ones end soon, with CANCELLED. For a
  // store that cannot, a server's end waits for them.
  virtual void CancelCompactions() {}
  // Reads all data and checks it; as engine::DB::Verify. CANCELLED soon after
  // options.cancelled became true.
  virtual absl::StatusOr<engine::VerifyProgress> Verify(
      const engine::VerifyOptions& options, VerifyFindingFn on_finding,
      VerifyProgressFn on_progress) {
    static_cast<void>(options);
    static_cast<void>(on_finding);
    static_cast<void>(on_progress);
    return absl::UnimplementedError("this store cannot be verified");
  }
  virtual engine::Stats GetStats() = 0;
  // OK while the store takes writes; otherwise why it does not.
  virtual absl::Status Health() = 0;
  virtual absl::Status Close() = 0;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_STORE_H_
