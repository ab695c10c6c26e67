// MetaBlock: the raw contents of a block that is not a data block, in memory of
// their own that begins with a cache line.

#ifndef LSMKV_ENGINE_SRC_TABLE_META_BLOCK_H_
#define LSMKV_ENGINE_SRC_TABLE_META_BLOCK_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>

namespace lsmkv::engine {

class MetaBlock {
 public:
  MetaBlock() = default;
  // Room for `bytes`, which are not set.
  explicit MetaBlock(size_t bytes)
      : memory_(static_cast<char*>(::operator new(bytes, kAlign))),
        bytes_(bytes) {}
  explicit MetaBlock(std::string_view contents) : MetaBlock(contents.size()) {
    std::copy(contents.begin(), contents.end(), data());
  }

  char* data() { return memory_.get(); }
  std::string_view contents() const { return {memory_.get(), bytes_}; }
  // Keeps the first `bytes`.
  void Truncate(size_t bytes) { bytes_ = std::min(bytes, bytes_); }

 private:
  static constexpr std::align_val_t kAlign{64};
  struct Delete {
    void operator()(char* memory) const { ::operator delete(memory, kAlign); }
  };

  std::unique_ptr<char, Delete> memory_;
  size_t bytes_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_META_BLOCK_H_
