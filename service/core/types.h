// The words that every part of the service speaks: records, ranges, writes and
// what a call may cost. No protocol's type appears here.

#ifndef LSMKV_SERVICE_CORE_TYPES_H_
#define LSMKV_SERVICE_CORE_TYPES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lsmkv::service {

struct Value {
  std::string data;
  uint64_t version = 0;
};

struct Record {
  std::string key;
  std::string value;
  uint64_t version = 0;
};

// A range as a caller states it: [start, end) or all keys that start with
// prefix. Empty means unbounded; prefix excludes the other two.
struct RangeSpec {
  std::string start;
  std::string end;
  std::string prefix;
};

// A range as it is executed: [start, end), an empty end is unbounded.
struct KeyRange {
  std::string start;
  std::string end;
};

enum class Durability { kDefault, kSync, kInterval, kOs };

struct Operation {
  enum class Kind { kPut, kDelete, kDeleteRange };
  Kind kind = Kind::kPut;
  std::string key;    // kDeleteRange: the first key
  std::string value;  // kDeleteRange: the first key that stays
};

struct WriteRequest {
  std::vector<Operation> operations;
  Durability durability = Durability::kDefault;
};

struct ScanRequest {
  RangeSpec range;
  bool reverse = false;
  bool keys_only = false;
  uint64_t limit = 0;  // over all pages; 0: none
  // Only records whose key contains this; empty: all.
  std::string key_contains;
  // Paged scans only.
  int32_t page_size = 0;  // 0: the default
  std::string page_token;
};

struct ScanPage {
  std::vector<Record> records;
  std::string next_page_token;  // empty at the end
};

// What the service enforces; published by AdminService.GetLimits.
struct Limits {
  uint64_t key_bytes_max = 16 << 10;
  uint64_t value_bytes_max = 8 << 20;
  uint64_t batch_bytes_max = 64 << 20;
  uint64_t batch_operations_max = 1'000'000;
  uint64_t page_size_default = 100;
  uint64_t page_size_max = 1000;
  uint64_t page_bytes_max = 1 << 20;
  uint64_t stream_chunk_bytes = 256 << 10;
  uint64_t snapshot_ttl_ms = 60'000;
  uint64_t snapshots_max = 1000;
  uint64_t deadline_default_ms = 30'000;
  uint64_t deadline_max_ms = 3'600'000;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_TYPES_H_
