// Reading around: where a block must come from the device, what surrounds it is
// brought into the system's page cache with it.
//
// A device gives 64 KiB in little more time than 4 (150 µs and 71 µs where the
// default was chosen), and while memory holds the data, what surrounds a block
// is soon asked for: 100 000 random reads of 4 KiB in 60 MB that are not in
// memory took 9.0 µs each, and with windows of 64 KiB 3.9, of 256 KiB 3.5. In a
// store whose cache holds a tenth (lsmkv_bench --workloads readcold) windows of
// 128 KiB make the one read in a hundred that waited 95 µs one in a thousand;
// of 256 KiB no fewer, and they wait longer. The three windows behind it are
// asked for while a reader waits for its own: that makes 1.15 times as many
// reads a second there.
//
// Where memory is short this would only cost, so that it is bounded twice: no
// part of a file is read around more than once, and every window takes one of
// the budget's tokens. A read that finds its block in memory thanks to an
// earlier window gives one back. A store that never profits has wasted the
// tokens it began with, about a second and a half of the device's time.

#ifndef LSMKV_ENGINE_SRC_IO_READ_AROUND_H_
#define LSMKV_ENGINE_SRC_IO_READ_AROUND_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

// Of all files of a store. Threads: any.
class ReadAroundBudget {
 public:
  // 0: nothing is read around.
  explicit ReadAroundBudget(size_t window_bytes)
      : window_bytes_(window_bytes),
        tokens_(window_bytes == 0
                    ? 0
                    : static_cast<int64_t>(kBytes / window_bytes)),
        tokens_max_(tokens_.load()) {}

  size_t window_bytes() const { return window_bytes_; }
  // Nothing can be given back: nearly always.
  bool full() const {
    return tokens_.load(std::memory_order_relaxed) >= tokens_max_;
  }
  // False if there is no token left.
  bool Take() {
    if (tokens_.load(std::memory_order_relaxed) <= 0) return false;
    tokens_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  void GiveBack() {
    if (full()) return;  // so that the line stays shared
    tokens_.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  static constexpr uint64_t kBytes = 1 << 30;

  const size_t window_bytes_;
  std::atomic<int64_t> tokens_;
  const int64_t tokens_max_;
};

// `file`, of `file_bytes`, reading around. `budget` is borrowed for the life of
// what is returned.
std::unique_ptr<RandomAccessFile> ReadAround(
    std::unique_ptr<RandomAccessFile> file, uint64_t file_bytes,
    ReadAroundBudget* budget);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_READ_AROUND_H_
