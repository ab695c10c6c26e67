// WriteBatch: an ordered set of writes that takes effect whole or not at all.
//
// Later operations on a key win over earlier ones. The batch is kept in the
// encoding of a log record (engine/FORMAT.md, "Batch"), so that writing it
// copies it once.
//
// Threads: not safe for concurrent change. Moving is cheap, copying is not.

#ifndef LSMKV_ENGINE_WRITE_BATCH_H_
#define LSMKV_ENGINE_WRITE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lsmkv::engine {

class WriteBatch {
 public:
  WriteBatch() = default;
  WriteBatch(const WriteBatch&) = default;
  WriteBatch& operator=(const WriteBatch&) = default;
  // A batch that was moved from is empty and may be used again.
  WriteBatch(WriteBatch&& other) noexcept
      : rep_(std::exchange(other.rep_, {})),
        count_(std::exchange(other.count_, 0)) {}
  WriteBatch& operator=(WriteBatch&& other) noexcept {
    rep_ = std::exchange(other.rep_, {});
    count_ = std::exchange(other.count_, 0);
    return *this;
  }

  // Keys must not be empty and sizes must be within Options; DB::Write checks
  // and refuses the whole batch with INVALID_ARGUMENT.
  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  // Deletes every key in [begin, end). Refused by DB::Write if begin >= end.
  void DeleteRange(std::string_view begin, std::string_view end);

  void Clear();
  bool empty() const { return count_ == 0; }
  // How many operations were added.
  uint32_t count() const { return count_; }
  // What the batch takes in the log, in bytes.
  size_t size_bytes() const { return rep_.size(); }

  // The encoded operations, as FORMAT.md describes them.
  std::string_view encoded() const { return rep_; }

 private:
  std::string rep_;
  uint32_t count_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_WRITE_BATCH_H_
