#include "engine/src/wal/log_stage.h"

#include "engine/src/wal/log_format.h"

namespace lsmkv::engine {

LogStage::LogStage(uint32_t stage_bytes)
    : slots_(stage_bytes / kLogStageSlotBytes) {
  for (size_t i = slots_.size(); i > 0; --i) {
    slots_[i - 1].operations.reserve(kLogStageSlotBytes);
    free_.push_back(static_cast<uint32_t>(i - 1));
  }
}

std::optional<uint64_t> LogStage::Place(uint64_t file_bytes) {
  if (!is_open_ ||
      slots_[order_.back()].file_bytes + file_bytes > kLogStageSlotBytes) {
    if (free_.empty()) return std::nullopt;
    order_.push_back(free_.back());
    free_.pop_back();
    is_open_ = true;
  }
  return kLogStageAt + uint64_t{order_.back()} * kLogStageSlotBytes +
         slots_[order_.back()].file_bytes;
}

void LogStage::Put(const LogBatch& batch, uint64_t durable_upto,
                   uint64_t file_bytes) {
  Slot& open = slots_[order_.back()];
  if (open.count == 0) open.sequence = batch.sequence;
  open.durable_upto = durable_upto;
  open.count += batch.count;
  open.file_bytes += file_bytes;
  open.operations.append(batch.operations);
}

std::optional<LogStage::Block> LogStage::Oldest(bool open_too) {
  if (order_.empty()) return std::nullopt;
  const Slot& oldest = slots_[order_.front()];
  if (order_.size() == 1 && is_open_) {
    // Empty if the record that it was opened for could not be written.
    if (!open_too || oldest.count == 0) return std::nullopt;
    is_open_ = false;
  }
  return Block{{oldest.sequence, oldest.count, oldest.operations},
               oldest.durable_upto};
}

void LogStage::Free() {
  const uint32_t n = order_.front();
  order_.pop_front();
  slots_[n].count = 0;
  slots_[n].file_bytes = 0;
  slots_[n].operations.clear();
  free_.push_back(n);
}

}  // namespace lsmkv::engine
