// The merge of sorted iterators into one.

#ifndef LSMKV_ENGINE_SRC_ITER_MERGING_ITERATOR_H_
#define LSMKV_ENGINE_SRC_ITER_MERGING_ITERATOR_H_

#include <memory>
#include <vector>

#include "engine/src/iter/internal_iterator.h"

namespace lsmkv::engine {

// Owns `children`. Entries with equal internal keys come once per child that
// has them. An error of any child makes the merge invalid.
std::unique_ptr<InternalIterator> NewMergingIterator(
    std::vector<std::unique_ptr<InternalIterator>> children);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_ITER_MERGING_ITERATOR_H_
