// TableIterator: walks the point entries of one table.
//
// Holds a reference of the block it is in, so that eviction does not disturb
// it. Where it moves on forward through blocks that are not in the cache, it
// reads more and more of the file at once.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_ITERATOR_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_ITERATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "engine/src/iter/internal_iterator.h"
#include "engine/src/table/data_block.h"

namespace lsmkv::engine {

class TableReader;

class TableIterator final : public InternalIterator {
 public:
  // `table` is borrowed for the iterator's life.
  TableIterator(const TableReader* table, bool fill_cache);

  void SeekToFirst() override;
  void SeekToLast() override;
  void Seek(std::string_view internal_key) override;
  void SeekForPrev(std::string_view internal_key) override;
  void Next() override {
    if (++entry_ < block_->count()) [[likely]] {
      return ReadEntry();
    }
    EnterAtStart(block_index_ + 1);
  }
  void Prev() override;
  absl::Status status() const override { return status_; }

 private:
  // Forgets where it was; false if the table cannot be read.
  bool Start();
  // Makes block i the current one; false on error, and then not Valid.
  bool LoadBlock(uint32_t i);
  absl::StatusOr<BlockRef> FetchBlock(uint32_t i);
  absl::StatusOr<BlockRef> FetchThroughReadahead(uint32_t i);
  // Makes entry `entry_` of the current block the current one.
  void ReadEntry();
  // To the first entry of block i, or the last one; invalid if there is none.
  void EnterAtStart(uint32_t i);
  void EnterAtEnd(uint32_t blocks);

  const TableReader* const table_;
  const bool fill_cache_;
  absl::Status status_;

  BlockRef block_;
  uint32_t block_index_ = 0;  // meaningful while block_ is set
  uint32_t entry_ = 0;
  std::string key_buffer_;  // for every key of the block, and slack

  // Readahead: bytes of the file from readahead_offset_.
  std::unique_ptr<char[]> readahead_buffer_;
  std::string_view readahead_;
  uint64_t readahead_offset_ = 0;
  size_t readahead_next_bytes_ = 0;
  uint32_t expected_block_ = UINT32_MAX;  // if the scan goes on
  int misses_in_a_row_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_ITERATOR_H_
