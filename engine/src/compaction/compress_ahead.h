// CompressAhead: the entries of a flush, waiting in line for their turn to be
// written, and their large values compressed meanwhile, by a second thread too.
//
// Compressing is more than half of the work of a flush of large values, and
// the one part of it that needs no order. The second thread is there from the
// first time that many values wait until the end; where there is none to be
// had, the first one does it all.
//
// Threads: one; the second is CompressAhead's own.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_COMPRESS_AHEAD_H_
#define LSMKV_ENGINE_SRC_COMPACTION_COMPRESS_AHEAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/src/table/compression.h"
#include "engine/src/table/table_format.h"
#include "engine/src/util/thread.h"
#include "lsmkv/engine/mutex.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

class CompressAhead {
 public:
  struct Entry {
    std::string_view internal_key;
    std::string_view value;
    // What a value file is to hold; nothing if the value stays with its key.
    std::optional<StoredBlock> block;
  };

  explicit CompressAhead(Compression compression);
  ~CompressAhead();
  CompressAhead(const CompressAhead&) = delete;
  CompressAhead& operator=(const CompressAhead&) = delete;

  bool empty() const { return popped_ == pushed_; }
  // As long as the line may be.
  bool full() const;
  // Puts an entry at the end of the line; key and value must live until it has
  // left. REQUIRES: !full().
  void Push(std::string_view internal_key, std::string_view value,
            bool to_value_file) ABSL_LOCKS_EXCLUDED(mu_);
  // The first of the line, with its block, which lives until Pop.
  // REQUIRES: !empty().
  Entry Front() ABSL_LOCKS_EXCLUDED(mu_);
  void Pop();

 private:
  static constexpr size_t kSlots = 32;
  // Of who claimed it, until it is done; then of the first thread.
  struct Slot {
    std::string_view internal_key;
    std::string_view value;
    bool to_value_file = false;
    std::string record;
    std::string compressed;
    StoredBlock block;
  };

  void Help() ABSL_LOCKS_EXCLUDED(mu_);
  // The next entry that nobody has claimed and that is to be compressed.
  std::optional<size_t> ClaimLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static void Compress(BlockCompressor* compressor, Slot* slot);

  const Compression compression_;
  std::array<Slot, kSlots> slots_;

  // --- The first thread's. Entry n of the line is in slot n % kSlots. ---
  BlockCompressor compressor_;
  Thread helper_;
  bool helper_wanted_ = true;  // until it was started, or could not be
  uint64_t pushed_ = 0;
  uint64_t popped_ = 0;
  size_t waiting_bytes_ = 0;

  Mutex mu_;
  CondVar work_;  // the helper waits for it
  CondVar done_;  // the first thread waits for it
  uint64_t offered_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t claimed_ ABSL_GUARDED_BY(mu_) = 0;
  std::array<bool, kSlots> is_done_ ABSL_GUARDED_BY(mu_) = {};
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_COMPRESS_AHEAD_H_
