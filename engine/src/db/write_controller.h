// The write controller: how much to slow writers down when compaction falls
// behind, so that they meet a gentle slope and not a wall.

#ifndef LSMKV_ENGINE_SRC_DB_WRITE_CONTROLLER_H_
#define LSMKV_ENGINE_SRC_DB_WRITE_CONTROLLER_H_

#include <cstdint>

#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

struct Backlog {
  uint64_t l0_files = 0;
  uint64_t pending_compaction_bytes = 0;
};

// The rate that writers may write at, in bytes a second: UINT64_MAX while there
// is no backlog, falling smoothly from 64 MiB to 2 MiB, and 0, which means
// wait, when it is full.
uint64_t AllowedWriteRate(const Backlog& backlog, const Options& options);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_WRITE_CONTROLLER_H_
