// The plain values that go in and out of a Client: records, ranges, batches,
// statistics. No behaviour, no threads, no errors; copy them as you like.

#ifndef LSMKV_CLIENT_TYPES_H_
#define LSMKV_CLIENT_TYPES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lsmkv::client {

// What a read of one key returns.
struct Value {
  std::string data;      // arbitrary bytes, may be empty
  uint64_t version = 0;  // of the write that stored it

  friend bool operator==(const Value&, const Value&) = default;
};

// What a scan returns.
struct Record {
  std::string key;
  std::string value;  // empty where only keys were asked for
  uint64_t version = 0;

  friend bool operator==(const Record&, const Record&) = default;
};

// The keys in [start, end), or those that start with `prefix`. An empty bound
// is no bound; the server refuses a prefix together with a bound.
struct KeyRange {
  std::string start = {};
  std::string end = {};
  std::string prefix = {};

  static KeyRange All() { return {}; }
  static KeyRange Prefix(std::string prefix) {
    KeyRange range;
    range.prefix = std::move(prefix);
    return range;
  }
  static KeyRange Between(std::string start, std::string end) {
    KeyRange range;
    range.start = std::move(start);
    range.end = std::move(end);
    return range;
  }

  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

// How durable a write is when it is acknowledged.
enum class Durability : uint8_t {
  kServerDefault,  // what the server was started with (--durability)
  kSync,           // survives a power cut
  kInterval,       // survives kill -9; a power cut after the sync interval
  kOs,             // survives kill -9
};

// An ordered set of writes that takes effect whole or not at all. Later
// operations on a key win. Moving is cheap, copying is not.
class WriteBatch {
 public:
  enum class Kind : uint8_t { kPut, kDelete, kDeleteRange };
  struct Operation {
    Kind kind;
    std::string key;    // of a range: its start
    std::string value;  // of a range: its end; empty for kDelete
  };

  void Put(std::string key, std::string value) {
    Add(Kind::kPut, std::move(key), std::move(value));
  }
  void Delete(std::string key) { Add(Kind::kDelete, std::move(key), {}); }
  // Deletes every key in [start, end).
  void DeleteRange(std::string start, std::string end) {
    Add(Kind::kDeleteRange, std::move(start), std::move(end));
  }

  void Clear() {
    operations_.clear();
    size_bytes_ = 0;
  }
  bool empty() const { return operations_.empty(); }
  size_t count() const { return operations_.size(); }
  // Keys and values together; Limits::batch_bytes_max bounds it.
  size_t size_bytes() const { return size_bytes_; }

  const std::vector<Operation>& operations() const& { return operations_; }
  // Takes the operations out; the batch must be Clear()ed before further use.
  std::vector<Operation>&& operations() && { return std::move(operations_); }

 private:
  void Add(Kind kind, std::string key, std::string value) {
    size_bytes_ += key.size() + value.size();
    operations_.push_back({kind, std::move(key), std::move(value)});
  }

  std::vector<Operation> operations_;
  size_t size_bytes_ = 0;
};

// What Scan and ScanPage read.
struct ScanOptions {
  KeyRange range = {};
  uint64_t limit = 0;      // most records of the whole scan; 0: no limit
  bool reverse = false;    // from the last key to the first
  bool keys_only = false;  // leaves values out
};

// Which page ScanPage returns.
struct PageOptions {
  // Most records of the page. 0: the server's default; more than
  // Limits::page_size_max is lowered to it.
  int32_t page_size = 0;
  // Page::next_page_token of the page before; empty for the first.
  std::string page_token = {};
};

struct Page {
  std::vector<Record> records;
  std::string next_page_token;  // empty at the end
};

struct LevelStats {
  int32_t level = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t records = 0;
};

// What the store holds and has done. Counts are since the server started.
struct Stats {
  uint64_t memtable_records = 0;
  uint64_t memtable_bytes = 0;
  uint64_t memtable_limit_bytes = 0;
  uint64_t immutable_memtables = 0;
  uint64_t immutable_memtable_bytes = 0;
  std::vector<LevelStats> levels;
  uint64_t table_files = 0;
  uint64_t table_records = 0;  // older versions and tombstones included
  uint64_t table_bytes = 0;
  uint64_t wal_files = 0;
  uint64_t wal_bytes = 0;
  uint64_t block_cache_bytes = 0;
  uint64_t block_cache_capacity_bytes = 0;
  uint64_t block_cache_hits = 0;
  uint64_t block_cache_misses = 0;
  uint64_t flushes = 0;
  uint64_t compactions = 0;
  uint64_t compactions_running = 0;
  uint64_t compaction_pending_bytes = 0;
  uint64_t open_snapshots = 0;
  uint64_t last_version = 0;
  std::string background_error;  // empty, or what stopped writes
  std::string server_version;
  uint64_t uptime_seconds = 0;
};

// The limits the server enforces.
struct Limits {
  uint64_t key_bytes_max = 0;
  uint64_t value_bytes_max = 0;
  uint64_t batch_bytes_max = 0;
  uint64_t batch_operations_max = 0;
  uint64_t page_size_default = 0;
  uint64_t page_size_max = 0;
  uint64_t page_bytes_max = 0;
  uint64_t stream_chunk_bytes = 0;
  uint64_t snapshot_ttl_ms = 0;  // of a page token, since its last use
  uint64_t deadline_default_ms = 0;
  uint64_t deadline_max_ms = 0;
};

struct VerifyOptions {
  uint64_t bytes_per_second = 0;  // the server reads no faster; 0: no limit
};

// A damaged place on the server's disk.
struct VerifyFinding {
  std::string file;
  uint64_t offset = 0;
  // Bound the keys that are affected; both empty if that is unknown.
  std::string smallest_key;
  std::string largest_key;
  std::string message;
};

struct VerifyProgress {
  uint64_t files = 0;
  uint64_t files_total = 0;
  uint64_t bytes = 0;
  uint64_t bytes_total = 0;
  uint64_t findings = 0;
};

// What a verify tells on its way.
struct VerifyEvent {
  std::vector<VerifyFinding> findings;  // since the event before
  VerifyProgress progress;
};

// What the server says about itself (grpc.health.v1).
enum class HealthState : uint8_t { kUnknown, kServing, kNotServing };

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_TYPES_H_
