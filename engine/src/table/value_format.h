// The format of value files: blocks of one value each, an index, a footer. See
// engine/FORMAT.md, "Value files".

#ifndef LSMKV_ENGINE_SRC_TABLE_VALUE_FORMAT_H_
#define LSMKV_ENGINE_SRC_TABLE_VALUE_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "engine/src/format/internal_key.h"
#include "engine/src/table/table_format.h"

namespace lsmkv::engine {

inline constexpr uint32_t kValueFormatVersion = 1;
// "lsmkvVAL" as bytes.
inline constexpr uint64_t kValueMagic = 0x4c4156766b6d736cULL;
inline constexpr size_t kValueFooterBytes = 64;

// The raw contents of a block: a value, and the write that put it there.
struct ValueRecord {
  std::string_view user_key;
  SequenceNumber sequence = 0;
  std::string_view value;
};
void EncodeValueRecord(const ValueRecord& record, std::string* out);
// False if the bytes are no such record.
bool ParseValueRecord(std::string_view bytes, ValueRecord* record);

struct ValueFooter {
  BlockHandle index;
  uint64_t values = 0;
  uint64_t file_id = 0;
  uint32_t format_version = kValueFormatVersion;
};
std::string EncodeValueFooter(const ValueFooter& footer);
// `bytes` are the last kValueFooterBytes of a file of `file_bytes`. The index
// that it returns lies within the file.
absl::StatusOr<ValueFooter> DecodeValueFooter(std::string_view path,
                                              uint64_t file_bytes,
                                              std::string_view bytes);

// The sizes of the blocks with their frames, in file order.
std::string EncodeValueIndex(const std::vector<uint64_t>& block_bytes);
// Where each block starts, and where the last one ends: one more than `values`,
// which the footer says, from 0 to `end`. False if the bytes are damaged.
bool ParseValueIndex(std::string_view bytes, uint64_t values, uint64_t end,
                     std::vector<uint64_t>* offsets);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_VALUE_FORMAT_H_
