#include "engine/src/table/value_sink.h"

#include "engine/src/table/data_block.h"

namespace lsmkv::engine {

// Keeps the buffer for the next read.
void PinnedValue::Reset() {
  view_ = {};
  version_ = 0;
  if (block_ != nullptr) {
    block_->Unref();
    block_ = nullptr;
  }
}

}  // namespace lsmkv::engine
