// The iterator over a sorted level: its tables one after another, each opened
// when it is reached.

#ifndef LSMKV_ENGINE_SRC_VERSION_LEVEL_ITERATOR_H_
#define LSMKV_ENGINE_SRC_VERSION_LEVEL_ITERATOR_H_

#include <memory>
#include <vector>

#include "engine/src/iter/internal_iterator.h"
#include "engine/src/version/file_meta.h"

namespace lsmkv::engine {

// `files` is borrowed and must outlive the iterator.
std::unique_ptr<InternalIterator> NewLevelIterator(
    const std::vector<FilePtr>* files, bool fill_cache);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_LEVEL_ITERATOR_H_
