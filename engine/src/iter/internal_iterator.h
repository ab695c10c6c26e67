// InternalIterator: walks internal keys in order, in a memtable, a block, a
// table, a level or a merge of these.
//
// Threads: one at a time. After any move, Valid() == false means the end or an
// error, which status() tells; an iterator never skips over damage.

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

  virtual bool Valid() const = 0;
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
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;

  virtual absl::Status status() const = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_ITER_INTERNAL_ITERATOR_H_
