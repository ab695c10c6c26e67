// InternalIterator: walks internal keys in order, in a memtable, a block, a
// table, a level or a merge of these.
//
// Threads: one at a time. After any move, Valid() == false means the end or an
// error, which status() tells; an iterator never skips over damage.
//
// Only moves are virtual. What a move has led to is read from the base, without
// a call: a fifth of the time of a walk through a merge and a level.

#ifndef LSMKV_ENGINE_SRC_ITER_INTERNAL_ITERATOR_H_
#define LSMKV_ENGINE_SRC_ITER_INTERNAL_ITERATOR_H_

#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::engine {

class InternalIterator {
 public:
  InternalIterator() = default;
  virtual ~InternalIterator() = default;
  InternalIterator(const InternalIterator&) = delete;
  InternalIterator& operator=(const InternalIterator&) = delete;

  bool Valid() const { return at_ != nullptr; }
  virtual void SeekToFirst() = 0;
  virtual void SeekToLast() = 0;
  // To the first entry at or after `internal_key`.
  virtual void Seek(std::string_view internal_key) = 0;
  // To the last entry at or before `internal_key`.
  virtual void SeekForPrev(std::string_view internal_key) = 0;
  // REQUIRES: Valid().
  virtual void Next() = 0;
  virtual void Prev() = 0;

  // The entry's internal key and value. Live until the next move.
  // REQUIRES: Valid().
  std::string_view key() const { return at_->key; }
  std::string_view value() const { return at_->value; }

  virtual absl::Status status() const = 0;

 protected:
  // Every move ends with one of these.
  void StandOn(std::string_view key, std::string_view value) {
    own_ = {key, value};
    at_ = &own_;
  }
  // Where `other` stands, if anywhere: until `other` moves.
  void StandWith(const InternalIterator& other) { at_ = other.at_; }
  void StandNowhere() { at_ = nullptr; }

 private:
  struct Entry {
    std::string_view key;
    std::string_view value;
  };
  const Entry* at_ = nullptr;  // own_, or that of an iterator below
  Entry own_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_ITER_INTERNAL_ITERATOR_H_
