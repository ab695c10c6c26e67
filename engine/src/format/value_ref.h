// ValueRef: where a value is that is kept apart from its key, as the entry in a
// table has it (engine/FORMAT.md, "Value files").

#ifndef LSMKV_ENGINE_SRC_FORMAT_VALUE_REF_H_
#define LSMKV_ENGINE_SRC_FORMAT_VALUE_REF_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/src/util/coding.h"

namespace lsmkv::engine {

struct ValueRef {
  uint64_t file = 0;   // the number of the value file
  uint64_t index = 0;  // of the block in the file, from 0
  uint64_t bytes = 0;  // of the block, with its frame
};

inline std::string EncodeValueRef(const ValueRef& ref) {
  std::string out;
  PutVarint64(&out, ref.file);
  PutVarint64(&out, ref.index);
  PutVarint64(&out, ref.bytes);
  return out;
}

// False if the bytes are not what EncodeValueRef makes.
inline bool DecodeValueRef(std::string_view bytes, ValueRef* ref) {
  Decoder in(bytes);
  return in.GetVarint64(&ref->file) && in.GetVarint64(&ref->index) &&
         in.GetVarint64(&ref->bytes) && in.empty();
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_VALUE_REF_H_
