// DataBlock: one data block in memory, uncompressed, checked and immutable.
// Its layout is that of the file (engine/FORMAT.md, "Data blocks").
//
// Every entry can be decoded alone: its key is the block's common prefix, then
// some bytes of the first key of its group of 16, then its own bytes. Point
// lookups scan one hash byte per entry, sixteen at a time; seeks search the
// groups by eight-byte integers first.
//
// Parse checks every length once, so that no later access checks bounds.
//
// A block that is not parsed is its contents and nothing more: so are values
// that have a file of their own kept (value_reader.h).
//
// Lifetime: counted references. A block in a cache slot may also be used, and
// referenced, by anyone who loaded the slot under a still held EpochGuard.
// Threads: safe for any, once parsed.

#ifndef LSMKV_ENGINE_SRC_TABLE_DATA_BLOCK_H_
#define LSMKV_ENGINE_SRC_TABLE_DATA_BLOCK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/src/format/internal_key.h"
#include "engine/src/util/coding.h"

namespace lsmkv::engine {

// Entries whose keys may share bytes with that of the first among them.
inline constexpr uint32_t kBlockGroupEntries = 16;
// Fixed part at the start of a block's contents.
inline constexpr size_t kDataBlockHeaderBytes = 16;
// An entry's trailer is stored as (sequence - base) << 3 | type.
inline constexpr uint32_t kEntryTypeBits = 3;

// The byte of Hash64(user key) that a block keeps per entry.
inline uint8_t HashTag(uint64_t hash) {
  return static_cast<uint8_t>(hash >> 56);
}

class alignas(64) DataBlock {
 public:
  // Bytes past the contents that may be read (and mean nothing).
  static constexpr size_t kSlackBytes = 16;

  struct Entry {
    std::string_view shared;  // bytes of the group's first key
    std::string_view suffix;
    std::string_view value;
    uint64_t trailer = 0;
  };

  // A block with one reference, whose contents the caller writes and parses.
  static DataBlock* New(size_t contents_bytes);
  char* contents() { return reinterpret_cast<char*>(this + 1); }
  const char* contents() const {
    return reinterpret_cast<const char*>(this + 1);
  }
  // False if the contents are damaged: then only Unref may follow.
  bool Parse();

  void Ref() const { refs_.fetch_add(1, std::memory_order_relaxed); }
  void Unref() const {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) Destroy(this);
  }
  // Tells the cache that the block is in use.
  void Touch() {
    // Loading first keeps the line shared between the cores that read it.
    if (!touched_.load(std::memory_order_relaxed)) {
      touched_.store(true, std::memory_order_relaxed);
    }
  }

  std::string_view bytes() const { return {contents(), contents_bytes_}; }

  uint32_t count() const { return count_; }
  size_t max_key_bytes() const { return max_key_bytes_; }
  // What the block takes of memory, with overhead.
  size_t charge_bytes() const;
  // The bytes that every user key starts with.
  std::string_view prefix() const {
    return {contents() + kDataBlockHeaderBytes, prefix_bytes_};
  }

  // REQUIRES: i < count().
  Entry Decode(uint32_t i) const;
  // The first entry at or after (user_key, trailer), or count().
  uint32_t LowerBound(std::string_view user_key, uint64_t trailer) const;
  // The newest entry of `user_key` with a sequence up to `snapshot`; false if
  // this block has none. `hash` is Hash64(user_key).
  bool Find(std::string_view user_key, uint64_t hash, SequenceNumber snapshot,
            Entry* entry) const;

 private:
  friend class BlockCache;

  explicit DataBlock(uint32_t contents_bytes)
      : contents_bytes_(contents_bytes) {}
  ~DataBlock() = default;
  static void Destroy(const DataBlock* block);

  const char* tags() const {
    return contents() + kDataBlockHeaderBytes + prefix_bytes_;
  }
  const char* offsets() const { return tags() + count_; }
  const char* groups() const {
    return offsets() + size_t{count_} * offset_bytes_;
  }
  uint32_t OffsetOf(uint32_t i) const {
    if (offset_bytes_ == sizeof(uint16_t)) {
      uint16_t offset;
      std::memcpy(&offset, offsets() + size_t{i} * sizeof(offset),
                  sizeof(offset));
      return offset;
    }
    return DecodeFixed32(offsets() + size_t{i} * sizeof(uint32_t));
  }
  bool ParseHeader();
  bool ParseEntry(uint32_t i, uint32_t* head_suffix_bytes);
  // Compares entry i with a target whose first prefix_bytes_ bytes are off.
  int CompareEntry(uint32_t i, std::string_view rest, uint64_t trailer) const;
  bool FindVersion(uint32_t i, std::string_view rest, SequenceNumber snapshot,
                   Entry* entry) const;
  bool FindBySearch(std::string_view user_key, SequenceNumber snapshot,
                    Entry* entry) const;

  mutable std::atomic<uint32_t> refs_{1};
  std::atomic<bool> touched_{false};
  uint8_t offset_bytes_ = 0;
  uint8_t trailer_bytes_ = 0;
  bool cold_ = false;  // which queue of the cache; guarded by the shard's mutex
  const uint32_t contents_bytes_;
  uint32_t count_ = 0;
  uint32_t prefix_bytes_ = 0;
  uint32_t max_key_bytes_ = 0;
  uint64_t base_sequence_ = 0;
  uint8_t shift_ = 0;  // from the start of the memory that the block is in
  // The cache's links; guarded by the shard's mutex.
  std::atomic<DataBlock*>* slot_ = nullptr;
  DataBlock* older_ = nullptr;
  DataBlock* newer_ = nullptr;
};
static_assert(sizeof(DataBlock) == 64, "one cache line before the contents");

// Owns one reference of a block, or nothing.
class BlockRef {
 public:
  BlockRef() = default;
  // Takes over a reference that the caller has.
  explicit BlockRef(DataBlock* block) : block_(block) {}
  BlockRef(BlockRef&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef() {
    if (block_ != nullptr) block_->Unref();
  }

  DataBlock* get() const { return block_; }
  DataBlock* operator->() const { return block_; }
  DataBlock* release() { return std::exchange(block_, nullptr); }
  void reset() { *this = BlockRef(); }

 private:
  DataBlock* block_ = nullptr;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_DATA_BLOCK_H_
