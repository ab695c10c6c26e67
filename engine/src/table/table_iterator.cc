#include "engine/src/table/table_iterator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/src/table/table_reader.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/epoch.h"

namespace lsmkv::engine {
namespace {

// Readahead starts with the miss after so many in a row, with the first size,
// and doubles up to the last. A seek and ten records of 1 KiB take two reads of
// 6 KiB in all like this, or three of 14; with 16 KiB from the third block on
// they took three of 20.
constexpr int kMissesBeforeReadahead = 1;
constexpr size_t kReadaheadBytesMin = 4 << 10;
constexpr size_t kReadaheadBytesMax = 256 << 10;

// Copies `from`, of a block, and perhaps what follows it: lengths differ from
// key to key, and a copy of just so many bytes costs a branch that is guessed
// wrong. Saves 3 % of a step.
inline void CopyFromBlock(char* to, std::string_view from) {
  if (from.size() <= DataBlock::kSlackBytes) [[likely]] {
    std::memcpy(to, from.data(), DataBlock::kSlackBytes);
  } else {
    std::memcpy(to, from.data(), from.size());
  }
}

}  // namespace

TableIterator::TableIterator(const TableReader* table, bool fill_cache)
    : table_(table), fill_cache_(fill_cache) {}

void TableIterator::ReadEntry() {
  const DataBlock::Entry entry = block_->Decode(entry_);
  // The common prefix of the block is there since LoadBlock.
  char* p = key_buffer_.data() + block_->prefix().size();
  if (!entry.shared.empty()) {
    CopyFromBlock(p, entry.shared);
    p += entry.shared.size();
  }
  CopyFromBlock(p, entry.suffix);
  p += entry.suffix.size();
  EncodeFixed64(p, entry.trailer);
  p += kTrailerBytes;
  StandOn({key_buffer_.data(), static_cast<size_t>(p - key_buffer_.data())},
          entry.value);
}

absl::StatusOr<BlockRef> TableIterator::FetchThroughReadahead(uint32_t i) {
  const uint64_t offset = table_->index_.block_offset(i);
  const auto n = static_cast<size_t>(table_->index_.block_bytes(i));
  const bool buffered = offset >= readahead_offset_ &&
                        offset + n <= readahead_offset_ + readahead_.size();
  if (!buffered) {
    const uint64_t data_end =
        table_->index_.block_offset(table_->index_.size());
    // A block larger than that comes alone; the next time there is room for
    // two.
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(
        std::max(readahead_next_bytes_, n), data_end - offset));
    if (wanted > kReadaheadBytesMax) {
      return ReadDataBlock(table_->file_, table_->DataHandle(i));
    }
    if (readahead_buffer_ == nullptr) {
      readahead_buffer_.reset(new char[kReadaheadBytesMax]);
    }
    readahead_ = {};
    auto bytes =
        ReadExactly(table_->file_, offset, wanted, readahead_buffer_.get());
    if (!bytes.ok()) return bytes.status();
    readahead_ = *bytes;
    readahead_offset_ = offset;
    readahead_next_bytes_ = std::min(wanted * 2, kReadaheadBytesMax);
  }
  return DecodeDataBlock(
      table_->file_, offset,
      readahead_.substr(static_cast<size_t>(offset - readahead_offset_), n));
}

absl::StatusOr<BlockRef> TableIterator::FetchBlock(uint32_t i) {
  {
    EpochGuard guard;
    // Acquire: pairs with the release in BlockCache::Insert. The guard keeps
    // the block until we have a reference of our own.
    DataBlock* const cached = table_->slots_[i].load(std::memory_order_acquire);
    if (cached != nullptr) {
      cached->Ref();
      cached->Touch();
      if (i == expected_block_) ++expected_block_;
      table_->counters_->Add(TableCounters::kCacheHits);
      return BlockRef(cached);
    }
  }
  table_->counters_->Add(TableCounters::kCacheMisses);
  if (i == expected_block_) {
    ++misses_in_a_row_;
  } else {
    misses_in_a_row_ = 0;
    readahead_next_bytes_ = kReadaheadBytesMin;
  }
  expected_block_ = i + 1;
  auto block = misses_in_a_row_ >= kMissesBeforeReadahead
                   ? FetchThroughReadahead(i)
                   : ReadDataBlock(table_->file_, table_->DataHandle(i));
  if (block.ok() && fill_cache_) {
    table_->OfferToCache(i, block->get(), BlockCache::Priority::kCold);
  }
  return block;
}

bool TableIterator::LoadBlock(uint32_t i) {
  StandNowhere();
  if (block_.get() != nullptr && block_index_ == i) return true;
  auto block = FetchBlock(i);
  if (!block.ok()) {
    if (!LSMKV_BUG("iterator_error_is_the_end")) status_ = block.status();
    block_.reset();
    return false;
  }
  block_ = *std::move(block);
  block_index_ = i;
  const size_t room =
      block_->max_key_bytes() + kTrailerBytes + DataBlock::kSlackBytes;
  if (key_buffer_.size() < room) key_buffer_.resize(room);
  const std::string_view prefix = block_->prefix();
  std::memcpy(key_buffer_.data(), prefix.data(), prefix.size());
  return true;
}

void TableIterator::EnterAtStart(uint32_t i) {
  StandNowhere();
  if (i == table_->index_.size() || !LoadBlock(i)) return;
  entry_ = 0;
  ReadEntry();
}

void TableIterator::EnterAtEnd(uint32_t blocks) {
  StandNowhere();
  if (blocks == 0 || !LoadBlock(blocks - 1)) return;
  entry_ = block_->count() - 1;
  ReadEntry();
}

bool TableIterator::Start() {
  StandNowhere();
  status_ = table_->LoadIndex();
  return status_.ok();
}

void TableIterator::SeekToFirst() {
  if (!Start()) return;
  EnterAtStart(0);
}

void TableIterator::SeekToLast() {
  if (!Start()) return;
  EnterAtEnd(table_->index_.size());
}

void TableIterator::Seek(std::string_view internal_key) {
  if (!Start()) return;
  const std::string_view user_key = UserKey(internal_key);
  const uint64_t trailer = Trailer(internal_key);
  const uint32_t i = table_->index_.Find(user_key, trailer);
  if (i == table_->index_.size() || !LoadBlock(i)) return;
  entry_ = block_->LowerBound(user_key, trailer);
  // Between the block's last key and its separator the next block has it.
  if (entry_ == block_->count()) return EnterAtStart(i + 1);
  ReadEntry();
}

void TableIterator::SeekForPrev(std::string_view internal_key) {
  if (!Start()) return;
  const std::string_view user_key = UserKey(internal_key);
  const uint64_t trailer = Trailer(internal_key);
  const uint32_t i = table_->index_.Find(user_key, trailer);
  if (i == table_->index_.size()) return EnterAtEnd(i);
  if (!LoadBlock(i)) return;
  entry_ = block_->LowerBound(user_key, trailer);
  if (entry_ < block_->count()) {
    ReadEntry();
    if (CompareInternal(key(), internal_key) == 0) return;
  }
  if (entry_ == 0) return EnterAtEnd(i);
  --entry_;
  ReadEntry();
}

void TableIterator::Prev() {
  if (entry_ > 0) [[likely]] {
    --entry_;
    return ReadEntry();
  }
  EnterAtEnd(block_index_);
}

}  // namespace lsmkv::engine
