// The encoding of operations in a WriteBatch and in the log.
//
//   operation := type:u8  key:length-prefixed  [value:length-prefixed]
//
// The value is there for a put, and is the end of the range for a range
// delete. Type numbers are those of ValueType; bit 7 is reserved to announce
// an extension block, and any unknown type is refused.

#ifndef LSMKV_ENGINE_SRC_FORMAT_BATCH_H_
#define LSMKV_ENGINE_SRC_FORMAT_BATCH_H_

#include <string_view>

#include "engine/src/format/internal_key.h"
#include "engine/src/util/coding.h"

namespace lsmkv::engine {

struct BatchOperation {
  ValueType type = ValueType::kPut;
  std::string_view key;
  std::string_view value;
};

// Whether a writer may have logged the operation. What DB::Write refuses comes
// from no writer, and must not come into tables, which cannot hold it.
inline bool MayBeLogged(const BatchOperation& op) {
  return !op.key.empty() &&
         (op.type != ValueType::kRangeDelete || op.key < op.value);
}

// Walks the operations of encoded bytes that are not trusted.
class BatchReader {
 public:
  explicit BatchReader(std::string_view encoded) : decoder_(encoded) {}

  // False at the end, or at bytes that make no operation: see damaged().
  bool Next(BatchOperation* op) {
    if (decoder_.empty()) return false;
    uint8_t type;
    damaged_ = !decoder_.GetByte(&type) ||
               type > static_cast<uint8_t>(ValueType::kRangeDelete) ||
               !decoder_.GetLengthPrefixed(&op->key);
    if (damaged_) return false;
    op->type = static_cast<ValueType>(type);
    if (op->type == ValueType::kDelete) {
      op->value = {};
    } else {
      damaged_ = !decoder_.GetLengthPrefixed(&op->value);
    }
    return !damaged_;
  }
  bool damaged() const { return damaged_; }

 private:
  Decoder decoder_;
  bool damaged_ = false;
};

// Reads a batch as the log has it: the number of operations, then they. Calls
// `visit(op)` for each. False if the bytes are no batch; then `visit` may have
// been called, and *count says how often. No operation may be one that no
// writer logs.
template <typename Visit>
bool ReadBatch(std::string_view payload, uint32_t* count, Visit visit) {
  *count = 0;
  Decoder decoder(payload);
  uint32_t said = 0;
  if (!decoder.GetVarint32(&said)) return false;
  BatchReader reader(decoder.rest());
  BatchOperation op;
  while (*count < said && reader.Next(&op) && MayBeLogged(op)) {
    visit(op);
    ++*count;
  }
  return said > 0 && *count == said && !reader.Next(&op) && !reader.damaged();
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_BATCH_H_
