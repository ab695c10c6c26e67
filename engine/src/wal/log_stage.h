// LogStage: which records stand in the stage of a log, slot by slot.
//
// Records go to the open slot one behind the other. A slot that is full waits
// to be drained: its operations are moved, as one block, to the log itself, in
// the order in which the slots were opened. The slot that was drained last is
// the next to be opened, so that few are in use, and those in the caches.
//
// Threads: one at a time. But the operations of a block that Oldest gave may
// be read beside Place and Put, until Free.

#ifndef LSMKV_ENGINE_SRC_WAL_LOG_STAGE_H_
#define LSMKV_ENGINE_SRC_WAL_LOG_STAGE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lsmkv::engine {

// The operations of one or more writes, the first with `sequence`.
struct LogBatch {
  uint64_t sequence = 0;
  uint32_t count = 0;
  std::string_view operations;
  // Of the value that they end with; or empty.
  std::string_view packed = {};
};

class LogStage {
 public:
  explicit LogStage(uint32_t stage_bytes);

  // Where in the file a record of `file_bytes`, at most a slot, goes. Nothing
  // if all slots are full.
  std::optional<uint64_t> Place(uint64_t file_bytes);
  // The record stands where Place said.
  void Put(const LogBatch& batch, uint64_t durable_upto, uint64_t file_bytes);

  struct Block {
    LogBatch batch;
    uint64_t durable_upto = 0;
  };
  // What the oldest slot that is not drained holds. Nothing if it is not full;
  // with `open_too` only if it is empty.
  std::optional<Block> Oldest(bool open_too);
  // The oldest slot has been drained.
  void Free();
  bool has_full_slot() const { return order_.size() > (is_open_ ? 1u : 0u); }

 private:
  struct Slot {
    uint64_t sequence = 0;
    uint64_t durable_upto = 0;
    uint32_t count = 0;
    uint64_t file_bytes = 0;
    std::string operations;
  };

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  // Those in use; the last one is open, unless it was given by Oldest.
  std::deque<uint32_t> order_;
  bool is_open_ = false;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_WAL_LOG_STAGE_H_
