// DB: an ordered, durable map from keys to values, in one directory.
//
//   auto db = lsmkv::engine::DB::Open({}, "/var/lib/app/store");
//   if (!db.ok()) ...
//   (*db)->Put({}, "user:1", "data");
//   auto value = (*db)->Get("user:1");       // StatusOr<std::string>
//
// Keys and values are arbitrary bytes; keys are ordered bytewise and are not
// empty. Every write gets a version, a number that only grows.
//
// Threads: every method may be called from any thread at any time, except
// Close and destruction, which come last. Reads take no lock.
//
// Errors: NOT_FOUND key absent (with an empty message) · INVALID_ARGUMENT the
// caller's bytes are wrong · DATA_LOSS bytes on disk are damaged (names file
// and offset) · FAILED_PRECONDITION locked, unknown format, closed, or writes
// stopped by a background error until the store is opened again ·
// RESOURCE_EXHAUSTED disk full or no free descriptor: writes fail with it, and
// succeed again by themselves once there is room. A write that failed with it
// is not there, unless the process ends before others succeed again: then it is
// there whole or not at all.

#ifndef LSMKV_ENGINE_DB_H_
#define LSMKV_ENGINE_DB_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/iterator.h"
#include "lsmkv/engine/options.h"
#include "lsmkv/engine/stats.h"
#include "lsmkv/engine/verify.h"
#include "lsmkv/engine/write_batch.h"

namespace lsmkv::engine {

class DbImpl;
class DataBlock;

// A cache of data blocks that several stores may share. Safe to use from any
// thread; must not be destroyed before the stores that use it.
std::shared_ptr<BlockCache> NewBlockCache(size_t capacity_bytes);

// The value of one record, kept without a copy where it comes from the block
// cache. Use one object for many reads: its buffer is used again. Must be
// destroyed, or Reset, before the DB that filled it.
class PinnedValue {
 public:
  PinnedValue() = default;
  ~PinnedValue() { Reset(); }
  PinnedValue(const PinnedValue&) = delete;
  PinnedValue& operator=(const PinnedValue&) = delete;

  // Lives until the next use of this object.
  std::string_view view() const { return view_; }
  // The version of the write that put it there.
  uint64_t version() const { return version_; }
  void Reset();

 private:
  friend class ValueSink;  // engine/src/table/value_sink.h
  std::string_view view_;
  uint64_t version_ = 0;
  const DataBlock* block_ = nullptr;
  std::string buffer_;
};

// A moment of the store; reads with it see nothing later. Destroy it to let
// the engine drop what only it can see. Must not outlive the DB.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // The version of the last write that the snapshot sees.
  uint64_t version() const { return version_; }

 protected:
  explicit Snapshot(uint64_t version) : version_(version) {}

 private:
  uint64_t version_;
};

// Called once with the version of the batch's last operation, or with why it
// failed. Runs on an engine thread or inside WriteAsync: must be short and
// must not call a blocking method of the DB.
using WriteCallback = absl::AnyInvocable<void(absl::StatusOr<uint64_t>) &&>;

class DB {
 public:
  // Opens the store in `path`, creating it where Options say so, and recovers
  // what an earlier process left. One DB at a time may have it open.
  static absl::StatusOr<std::unique_ptr<DB>> Open(const Options& options,
                                                  const std::string& path);
  // Closes, if Close was not called.
  ~DB();
  DB(const DB&) = delete;
  DB& operator=(const DB&) = delete;

  // --- Writes. Each returns the version it got. ---
  absl::StatusOr<uint64_t> Put(const WriteOptions& options,
                               std::string_view key, std::string_view value);
  // OK also where the key is absent.
  absl::StatusOr<uint64_t> Delete(const WriteOptions& options,
                                  std::string_view key);
  // Deletes every key in [begin, end) by one record, whatever their number.
  absl::StatusOr<uint64_t> DeleteRange(const WriteOptions& options,
                                       std::string_view begin,
                                       std::string_view end);
  // All of the batch, or nothing. The version is that of its last operation;
  // the n operations have the n versions up to it. INVALID_ARGUMENT if empty.
  absl::StatusOr<uint64_t> Write(const WriteOptions& options,
                                 const WriteBatch& batch);
  // The same without a waiting thread.
  void WriteAsync(const WriteOptions& options, WriteBatch batch,
                  WriteCallback done);

  // --- Reads ---
  // NOT_FOUND if absent. Copies nothing that is in the block cache.
  absl::Status Get(const ReadOptions& options, std::string_view key,
                   PinnedValue* value) const;
  absl::StatusOr<std::string> Get(std::string_view key) const;
  // Never fails: an error shows in the iterator's status().
  std::unique_ptr<Iterator> NewIterator(const ReadOptions& options) const;
  std::unique_ptr<Snapshot> GetSnapshot() const;

  // --- Upkeep ---
  // Writes the memtables to tables, and waits for it.
  absl::Status Flush();
  // Flushes, then compacts every table that overlaps [begin, end] (unset: no
  // bound) down to the last level, dropping all that is dead, but for what is
  // less than a twentieth of a value file. Waits.
  absl::Status CompactRange(std::optional<std::string_view> begin,
                            std::optional<std::string_view> end);
  // CompactRange calls under way and later ones end soon, with CANCELLED. For
  // an owner who is about to Close.
  void CancelCompactRange();
  // Waits until no flush or compaction is running or wanted, or until one
  // fails.
  absl::Status WaitForIdle();
  // Syncs the log, or flushes where there is none: every write acknowledged
  // before survives a power cut.
  absl::Status SyncWal();
  // Reads every byte of the store from disk, past the block cache, and checks
  // it: CURRENT, the MANIFEST, the live logs as far as they are written, and
  // of every table the checksums, the order of keys, that filter and index
  // agree with every key, and all that the MANIFEST says of it. Tells of each
  // damaged place and goes on. Blocks no reader and no writer.
  // Returns how far it came. CANCELLED if it was cancelled or the DB closes;
  // another error if the check cannot go on (damage is no error).
  // The callbacks run in the calling thread and must not Close the DB.
  absl::StatusOr<VerifyProgress> Verify(
      const VerifyOptions& options,
      absl::FunctionRef<void(const VerifyFinding&)> on_finding,
      absl::FunctionRef<void(const VerifyProgress&)> on_progress) const;

  Stats GetStats() const;
  // OK, or the error that stops writes: RESOURCE_EXHAUSTED while they wait for
  // room, FAILED_PRECONDITION for good. Costs one atomic load where OK.
  absl::Status background_error() const;

  // Waits for running jobs, syncs and seals the log, or flushes where there is
  // none. Iterators, snapshots and pinned values must be gone. Idempotent.
  // Returns background_error() too, and seals nothing if that is for good.
  absl::Status Close();

 private:
  explicit DB(std::unique_ptr<DbImpl> impl);
  std::unique_ptr<DbImpl> impl_;
};

// The first key after every key that starts with `prefix`, or "" (unbounded)
// where there is none: the upper bound of a prefix scan.
std::string PrefixEnd(std::string_view prefix);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_DB_H_
