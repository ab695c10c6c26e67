// Range tombstones: deletions of every key in [begin, end).
//
// RangeTombstones holds a set of them cut into fragments that do not overlap,
// so that "which deletion covers this key?" is a binary search. Immutable once
// built; safe to read from any thread.

#ifndef LSMKV_ENGINE_SRC_FORMAT_RANGE_TOMBSTONE_H_
#define LSMKV_ENGINE_SRC_FORMAT_RANGE_TOMBSTONE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/src/format/internal_key.h"

namespace lsmkv::engine {

struct RangeTombstone {
  std::string begin;
  std::string end;  // exclusive
  SequenceNumber sequence = 0;
};

class RangeTombstones {
 public:
  // One piece of key space and every deletion that covers it, newest first.
  struct Fragment {
    std::string begin;
    std::string end;
    std::vector<SequenceNumber> sequences;
  };

  RangeTombstones() = default;
  // Cuts `tombstones`, in any order, overlapping or not. Empty ones (begin >=
  // end) are dropped.
  explicit RangeTombstones(const std::vector<RangeTombstone>& tombstones);

  bool empty() const { return fragments_.empty(); }
  // Sorted by begin; ends never pass the next begin.
  const std::vector<Fragment>& fragments() const { return fragments_; }

  // The newest deletion of `user_key` that a reader at `snapshot` sees; 0 if
  // there is none.
  SequenceNumber Covering(std::string_view user_key,
                          SequenceNumber snapshot) const;

  // Every (fragment, sequence) pair as a tombstone again.
  std::vector<RangeTombstone> ToList() const;
  // What the set takes in memory. Overlapping tombstones take much: each
  // fragment names all that cover it.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  std::vector<Fragment> fragments_;
  size_t memory_bytes_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_RANGE_TOMBSTONE_H_
