// ValueSink: how a point lookup hands its result to a PinnedValue: pinned in a
// cached block, or copied into the value's own buffer.

#ifndef LSMKV_ENGINE_SRC_TABLE_VALUE_SINK_H_
#define LSMKV_ENGINE_SRC_TABLE_VALUE_SINK_H_

#include <cstddef>
#include <string_view>

#include "lsmkv/engine/db.h"

namespace lsmkv::engine {

class ValueSink {
 public:
  explicit ValueSink(PinnedValue* value) : value_(value) {}

  void SetCopy(std::string_view data) {
    value_->Reset();
    value_->buffer_.assign(data);
    value_->view_ = value_->buffer_;
  }
  // Room for so many bytes, which the caller writes.
  char* SetRoom(size_t bytes) {
    value_->Reset();
    value_->buffer_.resize(bytes);
    value_->view_ = value_->buffer_;
    return value_->buffer_.data();
  }
  // `data` lies in `block`, which the value takes one reference of.
  void SetPinned(std::string_view data, const DataBlock* block) {
    value_->Reset();
    value_->view_ = data;
    value_->block_ = block;
  }
  void SetVersion(uint64_t version) { value_->version_ = version; }

 private:
  PinnedValue* const value_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_VALUE_SINK_H_
