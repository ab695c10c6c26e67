#include "lsmkv/engine/write_batch.h"

#include "engine/src/format/internal_key.h"
#include "engine/src/util/coding.h"

namespace lsmkv::engine {
namespace {

void Append(std::string* rep, ValueType type, std::string_view key) {
  rep->push_back(static_cast<char>(type));
  PutLengthPrefixed(rep, key);
}

}  // namespace

void WriteBatch::Put(std::string_view key, std::string_view value) {
  Append(&rep_, ValueType::kPut, key);
  PutLengthPrefixed(&rep_, value);
  ++count_;
}

void WriteBatch::Delete(std::string_view key) {
  Append(&rep_, ValueType::kDelete, key);
  ++count_;
}

void WriteBatch::DeleteRange(std::string_view begin, std::string_view end) {
  Append(&rep_, ValueType::kRangeDelete, begin);
  PutLengthPrefixed(&rep_, end);
  ++count_;
}

void WriteBatch::Clear() {
  rep_.clear();
  count_ = 0;
}

}  // namespace lsmkv::engine
