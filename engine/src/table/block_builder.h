// BlockBuilder: gathers the records of one data block and lays them out
// (engine/FORMAT.md, "Data blocks"). Threads: one at a time.

#ifndef LSMKV_ENGINE_SRC_TABLE_BLOCK_BUILDER_H_
#define LSMKV_ENGINE_SRC_TABLE_BLOCK_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lsmkv::engine {

class BlockBuilder {
 public:
  // REQUIRES: the key sorts after those before it. `tag` is its HashTag.
  void Add(std::string_view user_key, uint64_t trailer, std::string_view value,
           uint8_t tag);
  bool empty() const { return records_.empty(); }
  // About the size of the block with one more record.
  size_t EstimatedBytesWith(std::string_view user_key,
                            std::string_view value) const;
  size_t EstimatedBytes() const;
  // The block's contents, valid until the next call of any method. The builder
  // is then empty again.
  // REQUIRES: !empty().
  std::string_view Finish();

 private:
  struct Record {
    size_t key_end;  // in keys_; the key starts where that before it ends
    size_t value_end;
    uint32_t shared_bytes;  // of the key with the first key of its group
    uint64_t trailer;
    uint8_t tag;
  };
  std::string_view KeyOf(size_t i) const;
  std::string_view ValueOf(size_t i) const;
  void AppendEntry(size_t i, size_t prefix_bytes, uint64_t base_sequence,
                   size_t trailer_bytes);

  std::string keys_;
  std::string values_;
  std::vector<Record> records_;
  size_t shared_bytes_ = 0;  // the sum over all records
  std::string entries_;      // reused by Finish
  std::vector<uint32_t> offsets_;
  std::string out_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_BLOCK_BUILDER_H_
