// LogWriter: appends records to a log file of its own making.
//
// Records are gathered in a buffer and handed to the system by Flush, one
// system call for all of them. A writer never appends to a file it has not
// created. After a failed append it appends no more, since a record behind a
// torn one would be lost; after a failed sync it does no work at all, since
// what is on disk is then unknown.
//
// Threads: one at a time, but for Sync, which may run beside Add and Flush.

#ifndef LSMKV_ENGINE_SRC_WAL_LOG_WRITER_H_
#define LSMKV_ENGINE_SRC_WAL_LOG_WRITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/wal/log_compression.h"
#include "engine/src/wal/log_format.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

class LogWriter {
 public:
  // Creates the file, reserves `preallocate_bytes` (0: none; where there is no
  // room for them it does without) and writes its header and an empty stage of
  // `stage_bytes`. Durable only after Sync and Env::SyncDir. Batches are
  // written as they are, unless Compress is called.
  static absl::StatusOr<std::unique_ptr<LogWriter>> Create(
      Env* env, const std::string& path, LogKind kind, uint64_t number,
      uint64_t preallocate_bytes, LogOrigin origin = {},
      uint32_t stage_bytes = 0);
  // A write-ahead log over one of that size that nobody needs any more, and
  // which has the name `old_path`: durable at once, but for the file's name.
  // UNIMPLEMENTED where it is not to be had; after that, and any other error,
  // either name may be there.
  static absl::StatusOr<std::unique_ptr<LogWriter>> CreateOver(
      std::unique_ptr<WritableFile> file, const std::string& old_path, Env* env,
      const std::string& path, uint64_t number, LogOrigin origin,
      uint32_t stage_bytes);

  // From now on small batches are compressed where that makes them shorter.
  void Compress() { compressor_ = std::make_unique<LogCompressor>(); }

  // Buffers a record. `payload_tail` is joined to record.payload.
  void Add(const LogRecord& record, std::string_view payload_tail = {});
  // The same where no writer waits: compressed whatever its size.
  void AddBlock(const LogRecord& record, std::string_view payload_tail);
  // The same, where `operations` ends with a value whose packed form is there.
  void AddPacked(const LogRecord& record, std::string_view operations,
                 std::string_view packed);
  // Hands what is buffered to the system. After that it survives the process.
  absl::Status Flush();
  // The same where no Sync is to come soon.
  absl::Status FlushUnsynced();
  // Makes what was flushed before the call durable. Never fails with
  // RESOURCE_EXHAUSTED, since it must not be tried again.
  absl::Status Sync();
  // Adds and flushes the record that says that the log is whole.
  absl::Status Seal(uint64_t last_sequence, uint64_t durable_upto);
  absl::Status Close();
  // The file, for CreateOver; nothing is called after it.
  std::unique_ptr<WritableFile> TakeFile() { return std::move(file_); }

  // Puts an encoded record at `offset`, in the stage. May run beside everything
  // but itself and Close, also beside an append that fails. Not again after it
  // failed itself: see failed().
  absl::Status WriteStaged(uint64_t offset, std::string_view record);

  // Nothing in the stage counts any more.
  void DiscardStage();

  const LogIdentity& identity() const { return identity_; }
  uint64_t number() const { return identity_.number; }
  uint64_t salt() const { return identity_.salt; }
  const std::string& path() const { return path_; }
  // Nothing can be appended any more.
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  // Bytes handed to the system, header included.
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  LogWriter(std::string path, std::unique_ptr<WritableFile> file,
            const LogIdentity& identity);

  absl::Status AppendStage();
  // Flush, and Sync of what it hands to the system.
  absl::Status FlushDurably();
  // `compressed`: of the payload; empty if it is not to be.
  void AddEncoded(const LogRecord& record, std::string_view payload_tail,
                  std::string_view compressed);
  absl::Status CheckAppendable() const;
  // After an append of all that was buffered.
  absl::Status Appended(absl::Status status);

  const std::string path_;
  std::unique_ptr<WritableFile> file_;  // null after TakeFile
  const LogIdentity identity_;
  std::string buffer_;
  std::unique_ptr<LogCompressor> compressor_;  // may be null
  // What AddPacked puts in front of a value, and what it does so with.
  std::string packed_front_;
  std::string packed_head_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> failed_{false};       // an append or a sync
  std::atomic<bool> sync_failed_{false};  // a sync
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_WRITER_H_
