// TableReader: reads one table file (format: engine/FORMAT.md, "Tables").
//
// Holds the index and the filter in memory, from the opening on or from the
// first use; data blocks come and go with the cache (block_cache.h). A lookup
// whose block is in memory takes no lock and allocates nothing.
//
// Threads: safe for any. Iterators belong to one thread each and must be gone
// before the reader; values pinned by Get may stay longer.
//
// Errors: DATA_LOSS naming file and offset where bytes are damaged;
// FAILED_PRECONDITION for a format of a later version; those of the file.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_READER_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_READER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/format/internal_key.h"
#include "engine/src/format/range_tombstone.h"
#include "engine/src/format/value_ref.h"
#include "engine/src/iter/internal_iterator.h"
#include "engine/src/table/block_cache.h"
#include "engine/src/table/block_fetch.h"
#include "engine/src/table/filter.h"
#include "engine/src/table/index.h"
#include "engine/src/table/properties.h"
#include "engine/src/table/table_counters.h"
#include "engine/src/table/value_sink.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

struct PointLookup {
  std::string_view user_key;
  // Hash64(user_key), computed once for all tables.
  uint64_t hash = 0;
  SequenceNumber snapshot = kSequenceMax;
  // Keep the block in the cache if it had to be read.
  bool fill_cache = true;
};

struct PointResult {
  enum class State : uint8_t { kAbsent, kPut, kPutRef, kDelete };
  State state = State::kAbsent;
  SequenceNumber sequence = 0;
  ValueRef ref;  // if the state is kPutRef
};

class TableReader {
 public:
  // `file_id` and `file_bytes` are what the MANIFEST says. `cache` may be
  // null, `counters` too; both are borrowed for the reader's life. A damaged
  // filter is not used, and counted; other damage of what is read here fails.
  static absl::StatusOr<std::unique_ptr<TableReader>> Open(
      std::unique_ptr<RandomAccessFile> file, std::string path,
      uint64_t file_id, uint64_t file_bytes, BlockCache* cache,
      TableCounters* counters);
  // The same, but checks only that the file has its size and a sound footer
  // with its id, and reads range tombstones where there are any. The rest is
  // read by the first call that needs it, which fails if it is damaged; the
  // next one tries again.
  static absl::StatusOr<std::unique_ptr<TableReader>> OpenLazily(
      std::unique_ptr<RandomAccessFile> file, std::string path,
      uint64_t file_id, uint64_t file_bytes, BlockCache* cache,
      TableCounters* counters);
  // REQUIRES: no call is running and none follows, not even from inside an
  // EpochGuard that began before.
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  // Finds the newest point entry of the key with a sequence up to the
  // snapshot. Overwrites *result; fills *sink (which may be null) with value
  // and version if the state is kPut. DATA_LOSS if a reference to a value is
  // none.
  // REQUIRES: the caller holds an EpochGuard.
  absl::Status Get(const PointLookup& lookup, PointResult* result,
                   ValueSink* sink) const;
  // Reads what OpenLazily left, unless that has been done.
  absl::Status Load() const ABSL_LOCKS_EXCLUDED(load_mu_) {
    // Acquire: what is loaded is seen whole.
    if (loaded_.load(std::memory_order_acquire)) [[likely]] {
      return absl::OkStatus();
    }
    return LoadSlow();
  }

  // Point entries only. Reads ahead where it moves on through blocks that are
  // not in the cache.
  std::unique_ptr<InternalIterator> NewIterator(bool fill_cache) const;

  const RangeTombstones& range_tombstones() const { return range_tombstones_; }
  // REQUIRES: Load() has succeeded. So for ApproximateOffset.
  const TableProperties& properties() const { return properties_; }
  const std::string& path() const { return file_.path; }
  // Of index, filter and the rest that stays while the table is open.
  uint64_t memory_bytes() const {
    return loaded_.load(std::memory_order_acquire) ? memory_bytes_
                                                   : sizeof(*this);
  }
  // About how many bytes of the file hold entries before the key.
  uint64_t ApproximateOffset(std::string_view internal_key) const;

 private:
  friend class TableIterator;
  friend class TableVerifier;

  TableReader(TableFile file, BlockCache* cache, TableCounters* counters);
  absl::Status LoadFooter();
  absl::Status LoadRangeTombstones();
  absl::Status LoadSlow() const ABSL_LOCKS_EXCLUDED(load_mu_);
  absl::StatusOr<TableIndex> LoadIndex() const;
  // Empty if there is none or it is damaged.
  absl::StatusOr<Filter> LoadFilter() const;

  BlockHandle DataHandle(uint32_t i) const {
    return {index_.block_offset(i), index_.block_bytes(i) - kBlockTrailerBytes};
  }
  // Reads block i from the file, and offers it to the cache if `fill`.
  absl::StatusOr<BlockRef> ReadBlock(uint32_t i, bool fill) const;
  void OfferToCache(uint32_t i, DataBlock* block,
                    BlockCache::Priority priority) const;
  // The slow part of Get: the block is not in memory.
  absl::Status GetFromFile(const PointLookup& lookup, uint32_t i,
                           PointResult* result, ValueSink* sink) const;
  // Fills the result from what was found in block i, a reference of which the
  // value takes if it is worth it.
  absl::Status Deliver(const DataBlock::Entry& entry, uint32_t i,
                       DataBlock* block, PointResult* result,
                       ValueSink* sink) const;

  // Set, with release, when the next five have got their values, which they
  // keep. slots_ synchronises itself (block_cache.h).
  mutable std::atomic<bool> loaded_{false};
  mutable Filter filter_;
  mutable TableIndex index_;
  mutable std::unique_ptr<BlockCache::Slot[]> slots_;  // one per block
  mutable TableProperties properties_;
  mutable uint64_t memory_bytes_ = 0;
  // Held while they are read.
  mutable Mutex load_mu_;

  // Constant after opening.
  TableCounters* const counters_;
  BlockCache* const cache_;
  const TableFile file_;
  Footer footer_;
  RangeTombstones range_tombstones_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_READER_H_
