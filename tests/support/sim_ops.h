// The operations of a SimEnv: their names, what an observer hears of them, and
// a ring of the last ones for a test that failed.

#ifndef LSMKV_TESTS_SUPPORT_SIM_OPS_H_
#define LSMKV_TESTS_SUPPORT_SIM_OPS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace lsmkv {

// The operations that can be counted, watched and made to fail, to be joined
// with |.
enum SimOp : uint32_t {
  kSimOpenRead = 1u << 0,  // NewRandomAccessFile
  kSimRead = 1u << 1,
  kSimCreate = 1u << 2,  // NewWritableFile
  kSimAppend = 1u << 3,
  kSimSync = 1u << 4,
  kSimPreallocate = 1u << 5,
  kSimClose = 1u << 6,  // not counted when a destructor closes
  kSimStat = 1u << 7,   // FileExists, FileSize, Size, FreeSpaceBytes
  kSimListDir = 1u << 8,
  kSimCreateDir = 1u << 9,
  kSimSyncDir = 1u << 10,
  kSimRemove = 1u << 11,
  kSimRename = 1u << 12,
  kSimLock = 1u << 13,
  kSimOverwrite = 1u << 14,
};
inline constexpr size_t kSimOpCount = 15;
inline constexpr uint32_t kSimAllOps = (1u << kSimOpCount) - 1;
// What changes the disk.
inline constexpr uint32_t kSimWriteOps =
    kSimCreate | kSimAppend | kSimSync | kSimPreallocate | kSimClose |
    kSimCreateDir | kSimSyncDir | kSimRemove | kSimRename | kSimLock |
    kSimOverwrite;

const char* SimOpName(SimOp op);

// One operation, before it does anything or after it did.
struct SimEvent {
  SimOp op;
  bool before;
  std::string_view path;  // of a rename "<from> to <to>"
  std::string_view data;  // of an append what is written
  // After it: whether it succeeded.
  bool ok;
};

// Called in the thread of the operation, and with no lock held: it may look at
// the disk, freeze it, or wait for something.
using SimObserver = std::function<void(const SimEvent&)>;

// The last operations, oldest first.
class SimTrace {
 public:
  static constexpr size_t kOperationsMax = 200;

  void Add(SimOp op, const std::string& path, uint64_t bytes,
           const absl::Status& status);
  // One line each.
  std::string ToString() const;

 private:
  struct Entry {
    uint64_t number;
    SimOp op;
    std::string path;
    uint64_t bytes;
    std::string error;  // empty if it went well
  };
  uint64_t next_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_OPS_H_
