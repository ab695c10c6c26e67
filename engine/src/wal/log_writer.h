// LogWriter: appends records to a log file of its own making.
//
// Records are gathered in a buffer and handed to the system by Flush, one
// system call for all of them. A writer never appends to a file it has not
// created, and after any error it refuses all further work: what is on disk is
// then unknown.
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

#include "engine/src/wal/log_format.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

class LogWriter {
 public:
  // Creates the file, reserves `preallocate_bytes` (0: none) and writes its
  // header. Durable only after Sync and Env::SyncDir.
  static absl::StatusOr<std::unique_ptr<LogWriter>> Create(
      Env* env, const std::string& path, LogKind kind, uint64_t number,
      uint64_t preallocate_bytes, LogOrigin origin = {});

  // Buffers a record. `payload_tail` is joined to record.payload.
  void Add(const LogRecord& record, std::string_view payload_tail = {});
  // Hands what is buffered to the system. After that it survives the process.
  absl::Status Flush();
  // Makes what was flushed before the call durable.
  absl::Status Sync();
  // Adds and flushes the record that says that the log is whole.
  absl::Status Seal(uint64_t last_sequence, uint64_t durable_upto);
  absl::Status Close();

  uint64_t number() const { return identity_.number; }
  uint64_t salt() const { return identity_.salt; }
  // It refuses all further work.
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  const std::string& path() const { return path_; }
  // Bytes handed to the system, header included.
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  LogWriter(std::string path, std::unique_ptr<WritableFile> file,
            const LogIdentity& identity);

  const std::string path_;
  const std::unique_ptr<WritableFile> file_;
  const LogIdentity identity_;
  std::string buffer_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_WRITER_H_
