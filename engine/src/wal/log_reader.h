// LogReader: reads the records of a log whose bytes are not trusted.
//
// Threads: one at a time.

#ifndef LSMKV_ENGINE_SRC_WAL_LOG_READER_H_
#define LSMKV_ENGINE_SRC_WAL_LOG_READER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/wal/log_format.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

class LogReader {
 public:
  enum class Outcome {
    kRecord,  // *record is the next one
    kEnd,     // the end of what was written; nothing but reserved space behind
    kSealed,  // the seal, after which nothing follows
    kBad,     // bytes at offset() that make no record
  };

  // Opens and checks the header. An empty file, or one whose header was never
  // written whole, is DATA_LOSS like any other damage.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(
      Env* env, const std::string& path, LogKind kind, uint64_t number);
  // The same from the first `bytes_max` bytes of a file that is open, which may
  // be growing behind them.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(
      std::unique_ptr<RandomAccessFile> file, uint64_t bytes_max,
      const std::string& path, LogKind kind, uint64_t number);

  // The same for a log that may be damaged there: where the header fails its
  // check, `salt` counts (0: what it says itself), if records prove it right.
  static absl::StatusOr<std::unique_ptr<LogReader>> OpenDamaged(
      Env* env, const std::string& path, LogKind kind, uint64_t number,
      uint64_t salt);

  // Reads the record at offset(). Its payload lives until the next call.
  absl::StatusOr<Outcome> Read(LogRecord* record);

  // Moves from a bad record to the next whole one. False, without a move, if
  // there is none.
  absl::StatusOr<bool> SkipBad();
  // Searches behind a bad record for any whole one and returns the highest
  // durable_upto of them; 0 if there is none.
  absl::StatusOr<uint64_t> DurableBehind();
  // --- The stage of a log; empty in one that has none ---
  // Reads the staged record that begins with `sequence`. False if none does.
  absl::StatusOr<bool> ReadStaged(uint64_t sequence, LogRecord* record);
  // The least sequence, from `sequence` on, that a staged record begins with.
  absl::StatusOr<std::optional<uint64_t>> NextStaged(uint64_t sequence);
  // The highest durable_upto of the staged records; 0 if there is none.
  absl::StatusOr<uint64_t> StagedDurable();

  // Bytes from offset() to the last that is not zero.
  absl::StatusOr<uint64_t> TailBytes();

  const std::string& path() const { return path_; }
  const LogIdentity& identity() const { return identity_; }
  uint64_t offset() const { return offset_; }
  uint64_t file_bytes() const { return file_bytes_; }

 private:
  LogReader(std::string path, std::unique_ptr<RandomAccessFile> file,
            uint64_t file_bytes)
      : path_(std::move(path)),
        file_(std::move(file)),
        file_bytes_(file_bytes) {}

  // `n` bytes at `offset`, fewer at the end of the file, through the window.
  absl::StatusOr<std::string_view> Fetch(uint64_t offset, size_t n);
  // The record at `offset` if a whole one stands there.
  absl::StatusOr<bool> ReadAt(uint64_t offset, LogRecord* record);
  // Whether there is a stage, or records behind one, in a log with a damaged
  // header. Sets identity_ and offset_ to that.
  absl::StatusOr<bool> FindStage();
  // Finds what is staged.
  absl::Status IndexStage();
  absl::StatusOr<bool> OnlyZerosFrom(uint64_t offset);
  // The first place at or behind `from` where a record may begin, as far as
  // reserved space before `end` tells.
  absl::StatusOr<uint64_t> SkipZeros(uint64_t from, uint64_t end);

  const std::string path_;
  const std::unique_ptr<RandomAccessFile> file_;
  const uint64_t file_bytes_;
  LogIdentity identity_;
  uint64_t offset_ = 0;
  std::string scratch_;
  std::string raw_payload_;  // of the record read last, if it was compressed
  std::string_view window_;
  uint64_t window_offset_ = 0;
  size_t window_bytes_ = 0;  // how many were wanted
  // Where the staged records are, by sequence.
  bool stage_indexed_ = false;
  std::map<uint64_t, uint64_t> staged_;
  uint64_t staged_durable_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_READER_H_
