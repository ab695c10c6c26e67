// Client: reads and writes an lsmkv server.
//
//   namespace kv = lsmkv::client;
//   kv::Client client(kv::MakeConnection({.endpoint = "127.0.0.1:50051"}));
//   absl::StatusOr<uint64_t> version = client.Put("user:1", "data");
//   absl::StatusOr<kv::Value> value = client.Get("user:1");
//   if (!value.ok()) return value.status();
//   for (auto& record : client.Scan({.range = kv::KeyRange::Prefix("user:")}))
//     ...
//
// Cost: a Client is a pointer to its connection and a set of CallOptions.
// Copy it freely; copies share the connection.
//
// Threads: every method may be called from any thread at any time, on one
// object or on copies. Assigning to a Client others use is not safe.
//
// Errors: nothing throws. Codes: NOT_FOUND key absent (Get only) ·
// INVALID_ARGUMENT empty key, limit exceeded, bad range or token ·
// OUT_OF_RANGE page token too old · UNAVAILABLE no connection, or the server
// is stopping · DEADLINE_EXCEEDED · RESOURCE_EXHAUSTED · FAILED_PRECONDITION
// writes are stopped · DATA_LOSS damage on the server's disk. ErrorReason
// (lsmkv/client/status.h) gives the reason that programs can rely on.
//
// Retries and deadlines: every call but Scan, Flush, Compact and Verify has a
// deadline of 10 s unless CallOptions say otherwise; reads are retried, writes
// are not. After an UNAVAILABLE or DEADLINE_EXCEEDED write, it may or may not
// have been applied. client/README.md has the table.
//
// Keys and values are arbitrary bytes. A key must not be empty.

#ifndef LSMKV_CLIENT_CLIENT_H_
#define LSMKV_CLIENT_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/connection.h"
#include "lsmkv/client/options.h"
#include "lsmkv/client/scan.h"
#include "lsmkv/client/status.h"
#include "lsmkv/client/types.h"

namespace lsmkv::client {

class Client {
 public:
  // `options` apply to every call that does not say otherwise.
  // REQUIRES: connection is not null.
  explicit Client(std::shared_ptr<Connection> connection,
                  CallOptions options = {});

  // --- Reads ---
  // NOT_FOUND if the key is absent.
  absl::StatusOr<Value> Get(std::string_view key,
                            const CallOptions& options = {}) const;
  // One answer per key, in their order; nullopt where it is absent. All keys
  // are read at one snapshot.
  absl::StatusOr<std::vector<std::optional<Value>>> BatchGet(
      const std::vector<std::string>& keys,
      const CallOptions& options = {}) const;
  // A whole range at one snapshot, streamed; see scan.h. The scan starts at
  // the range's begin(); failures, also of the start, are elements of the
  // range. Retried before the first record, never after.
  ScanRange Scan(const ScanOptions& scan = {},
                 const CallOptions& options = {}) const;
  // One page of a range. All pages of one scan see the snapshot of the first;
  // OUT_OF_RANGE (SNAPSHOT_EXPIRED) if it was left for too long. Between
  // pages `scan` must stay as it is.
  absl::StatusOr<Page> ScanPage(const ScanOptions& scan,
                                const PageOptions& page = {},
                                const CallOptions& options = {}) const;

  // --- Writes. Each returns the version it got. ---
  absl::StatusOr<uint64_t> Put(std::string_view key, std::string_view value,
                               const CallOptions& options = {}) const;
  // OK also where the key is absent.
  absl::StatusOr<uint64_t> Delete(std::string_view key,
                                  const CallOptions& options = {}) const;
  // Deletes every key of the range by one record, whatever their number. A
  // range without bounds is refused unless `all` is true.
  absl::StatusOr<uint64_t> DeleteRange(const KeyRange& range, bool all = false,
                                       const CallOptions& options = {}) const;
  // All of the batch in order, or nothing. The version is that of its last
  // operation.
  absl::StatusOr<uint64_t> BatchWrite(WriteBatch batch,
                                      const CallOptions& options = {}) const;

  // --- Without a waiting thread ---
  // Each sends at once and calls `done` exactly once, from a thread of the
  // library. Never retried. The number in flight is the caller's to bound,
  // and so is waiting for all of them before the process ends.
  void AsyncGet(std::string_view key, GetCallback done,
                const CallOptions& options = {}) const;
  void AsyncPut(std::string_view key, std::string_view value,
                WriteCallback done, const CallOptions& options = {}) const;
  void AsyncWrite(WriteBatch batch, WriteCallback done,
                  const CallOptions& options = {}) const;

  // --- Operation ---
  absl::StatusOr<Stats> GetStats(const CallOptions& options = {}) const;
  absl::StatusOr<Limits> GetLimits(const CallOptions& options = {}) const;
  // Writes what is in memory to tables, and waits for it.
  absl::Status Flush(const CallOptions& options = {}) const;
  // Compacts a range to the last level, dropping all that is dead, and waits.
  absl::Status Compact(const KeyRange& range = {},
                       const CallOptions& options = {}) const;
  // Has the server read and check all it has on disk, and waits. `on_event`
  // hears of every damaged place and, each second, how far it is. Damage is
  // no error: the result says how much was found. One at a time on a server:
  // RESOURCE_EXHAUSTED (VERIFY_RUNNING). Retried before the first event only.
  absl::StatusOr<VerifyProgress> Verify(const VerifyOptions& verify,
                                        const VerifyCallback& on_event,
                                        const CallOptions& options = {}) const;
  // What the server's health service says. An unreachable server is an
  // UNAVAILABLE error, not a state.
  absl::StatusOr<HealthState> Health(const CallOptions& options = {}) const;

 private:
  std::shared_ptr<Connection> connection_;
  CallOptions options_;
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_CLIENT_H_
