// Peer: the one interface through which every storage engine is measured.
//
// It holds only what all of them can do. Each engine's own file
// (peer_<name>.cc) is the only includer of that engine's headers; peers.h
// lists those that this program was built with.
//
// Threads: a Peer may be used from many threads; a reader, batch or iterator
// from one at a time. All of them must be destroyed before Close.
// Errors: any status but OK ends the measurement that met it.

#ifndef LSMKV_TESTS_BENCH_PEER_H_
#define LSMKV_TESTS_BENCH_PEER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/bench/histogram.h"

namespace lsmkv::bench {

// What an acknowledged write survives. Every engine is asked for the same.
enum class WriteMode {
  kNoLog,         // nothing: it is in memory only
  kSurvivesKill,  // the death of the process: written to a log, not synced
  kSynced,        // a power cut: fdatasync first
};

enum class PeerCompression { kNone, kFast };

// Set equal for all. Where an engine has no such setting its file says what
// stands in its place.
struct PeerSettings {
  size_t cache_bytes = 0;
  size_t write_buffer_bytes = 0;
  int write_buffers = 0;
  int compaction_threads = 0;
  // Of writes by workloads that name none.
  WriteMode write_mode = WriteMode::kSurvivesKill;
  int filter_bits_per_key = 0;
  size_t block_bytes = 0;
  PeerCompression compression = PeerCompression::kFast;
};

enum class Lookup { kFound, kMissing };

// Point reads by one thread; keeps the buffers that a careful user of the
// engine would keep.
class PeerReader {
 public:
  virtual ~PeerReader() = default;
  virtual absl::StatusOr<Lookup> Get(std::string_view key) = 0;
  // What the last Get found; lives until the next one.
  virtual std::string_view value() const = 0;
};

// Writes that take effect together.
class PeerBatch {
 public:
  virtual ~PeerBatch() = default;
  virtual void Put(std::string_view key, std::string_view value) = 0;
  // Writes what was put since the last Commit.
  virtual absl::Status Commit(WriteMode mode) = 0;
};

class PeerIterator {
 public:
  virtual ~PeerIterator() = default;
  virtual bool Valid() const = 0;
  virtual void SeekToFirst() = 0;
  virtual void SeekToLast() = 0;
  virtual void Seek(std::string_view key) = 0;
  virtual void Next() = 0;
  virtual void Prev() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual absl::Status status() const = 0;
};

// Puts by one thread that does not wait for each of them.
class PeerPipeline {
 public:
  virtual ~PeerPipeline() = default;
  // Waits until there is room for one more in flight, and sends it. Fails with
  // the first error of any put.
  virtual absl::Status Put(std::string_view key, std::string_view value,
                           WriteMode mode) = 0;
  // Waits until all puts are acknowledged.
  virtual absl::Status Drain() = 0;
};

class Peer {
 public:
  virtual ~Peer() = default;

  virtual absl::Status Put(std::string_view key, std::string_view value,
                           WriteMode mode) = 0;
  virtual absl::Status Delete(std::string_view key, WriteMode mode) = 0;
  virtual std::unique_ptr<PeerBatch> NewBatch() = 0;
  virtual std::unique_ptr<PeerReader> NewReader() = 0;
  virtual std::unique_ptr<PeerIterator> NewIterator() = 0;

  // Up to `depth` puts are in flight; the time of each goes into `latencies`,
  // in ticks. nullptr where a thread has to wait for each of its writes: that
  // engine is given `depth` threads.
  virtual std::unique_ptr<PeerPipeline> NewPipeline(int depth,
                                                    Histogram* latencies) {
    static_cast<void>(depth);
    static_cast<void>(latencies);
    return nullptr;
  }

  // Writes the memtables to tables, then waits until no flush or compaction is
  // running or wanted: pays the debt that writing has built up.
  virtual absl::Status WaitIdle() = 0;
  // Compacts every table down to the last level. Waits.
  virtual absl::Status CompactAll() = 0;
  virtual absl::Status Close() = 0;
};

// Opens the store in `dir`, creating it if it is absent.
using PeerOpener = absl::StatusOr<std::unique_ptr<Peer>> (*)(
    const PeerSettings& settings, const std::string& dir);

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_PEER_H_
