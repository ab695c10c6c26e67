// ReadState: everything a read looks into, published as one.
//
// A point read uses it under an EpochGuard and takes no reference; an iterator
// takes one. The DB's own reference goes by Epochs::Retire.

#ifndef LSMKV_ENGINE_SRC_DB_READ_STATE_H_
#define LSMKV_ENGINE_SRC_DB_READ_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/src/memtable/memtable.h"
#include "engine/src/version/version.h"

namespace lsmkv::engine {

struct ReadState {
  std::shared_ptr<MemTable> memtable;
  std::vector<std::shared_ptr<MemTable>> immutables;  // newest first
  std::shared_ptr<const Version> version;

  void Ref() const { references.fetch_add(1, std::memory_order_relaxed); }
  // True if it was the last reference.
  bool Unref() const {
    // Release and acquire: whatever a holder did comes before the deletion.
    if (references.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
    delete this;
    return true;
  }

  mutable std::atomic<uint64_t> references{1};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_READ_STATE_H_
