// History: what concurrent clients asked of a store and what they were told,
// with when.
//
// Time is a counter that every call and every answer takes a number from: an
// operation that was answered before another was asked for has the smaller
// numbers. An outcome nobody knows is open for ever: its answer never comes.
//
// Writes must store values that no other write of the history stores, so that
// a value that was read names the write it came from.

#ifndef LSMKV_TESTS_SUPPORT_HISTORY_H_
#define LSMKV_TESTS_SUPPORT_HISTORY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "lsmkv/engine/mutex.h"

namespace lsmkv {

// The answer of an operation whose outcome is not known.
inline constexpr uint64_t kNever = UINT64_MAX;

// One key as it was seen, or as it was written.
struct Cell {
  std::string key;
  std::optional<std::string> value;  // nullopt: absent, or deleted
  uint64_t version = 0;              // 0: not known
};

// A read sees all its cells at one moment; a write changes all of its cells
// at one moment.
struct HistoryOp {
  enum class Kind : uint8_t { kRead, kWrite };

  Kind kind = Kind::kRead;
  std::string name;  // "get", "batch"; for people
  int client = 0;
  uint64_t call = 0;
  uint64_t ret = kNever;
  std::vector<Cell> cells;
  // Of a write, the last version that it took, one for each of its steps; of
  // a read, that of the snapshot it read. 0: not known.
  uint64_t version = 0;
  uint64_t steps = 1;

  bool is_write() const { return kind == Kind::kWrite; }
  bool is_open() const { return ret == kNever; }
};

using History = std::vector<HistoryOp>;

// One line for each operation, in the order of their calls.
std::string ToString(const History& history);

// What `history` says about one key.
History OnlyKey(const History& history, const std::string& key);

// Every key that is named, in order.
std::vector<std::string> KeysOf(const History& history);

// Collects the history of many clients. Threads: safe for concurrent use.
class Recorder {
 public:
  // The next moment. Taken before a call is sent and after it was answered.
  uint64_t Now() { return clock_.fetch_add(1) + 1; }

  void Add(HistoryOp op);
  size_t size() const;
  // The operations in the order of their calls; leaves none behind.
  History Take();

 private:
  std::atomic<uint64_t> clock_{0};
  mutable engine::Mutex mu_;
  History history_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_HISTORY_H_
