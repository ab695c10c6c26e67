// TableReader: reads one table file (format: engine/FORMAT.md, "Tables").
//
// Holds the index and the filter in memory, from the opening on or from their
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
  // with its id, and reads range tombstones where there are any. The index is
  // read by the first call that needs it, and the filter by the second lookup;
  // a call that fails to read them fails, and the next one tries again.
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
    return LoadUpTo(Loaded::kAll);
  }
  // The same, but leaves the filter.
  absl::Status LoadIndex() const ABSL_LOCKS_EXCLUDED(load_mu_) {
    return LoadUpTo(Loaded::kIndex);
  }

  // Point entries only. Reads ahead where it moves on through blocks that are
  // not in the cache.
  std::unique_ptr<InternalIterator> NewIterator(bool fill_cache) const;

  const RangeTombstones& range_tombstones() const { return range_tombstones_; }
  // Read from the file with every call: nothing needs them but people.
  absl::StatusOr<TableProperties> ReadProperties() const;
  const std::string& path() const { return file_.path; }
  // Of index, filter and the rest that stays while the table is open.
  uint64_t memory_bytes() const;
  // About how many bytes of the file hold entries before the key.
  // REQUIRES: LoadIndex() has succeeded.
  uint64_t ApproximateOffset(std::string_view internal_key) const;

 private:
  friend class TableIterator;
  friend class TableVerifier;

  // What is in memory beside the footer and the range tombstones.
  enum class Loaded : uint8_t { kNothing, kIndex, kAll };

  TableReader(TableFile file, BlockCache* cache, TableCounters* counters);
  absl::Status LoadFooter();
  absl::Status LoadRangeTombstones();
  absl::Status LoadUpTo(Loaded wanted) const ABSL_LOCKS_EXCLUDED(load_mu_) {
    // Acquire: what is loaded is seen whole.
    if (loaded_.load(std::memory_order_acquire) >= wanted) [[likely]] {
      return absl::OkStatus();
    }
    return LoadSlow(wanted);
  }
  absl::Status LoadSlow(Loaded wanted) const ABSL_LOCKS_EXCLUDED(load_mu_);
  // Says what the lookup may use.
  absl::StatusOr<Loaded> LoadForLookup() const ABSL_LOCKS_EXCLUDED(load_mu_);
  // Empty if there is none or it is damaged.
  absl::StatusOr<Filter> ReadFilter() const;

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

  // Raised, with release, when what it says has got its value, which it keeps.
  // slots_ synchronises itself (block_cache.h).
  mutable std::atomic<Loaded> loaded_{Loaded::kNothing};
  mutable TableIndex index_;
  mutable BlockCache::Slots slots_;  // one per block
  mutable Filter filter_;
  // Whether a lookup has begun before the filter was there.
  mutable std::atomic<bool> looked_up_{false};
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
