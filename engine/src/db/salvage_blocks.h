// Finds the blocks of a table or value file whose index cannot be read.
//
// Blocks follow each other from the start of the file, and each ends with a
// checksum that only fits its own bytes at its own place: so the end of a block
// is where that checksum fits, and the next one starts there. One pass over
// the bytes finds them, so that blocks may be of any size.

#ifndef LSMKV_ENGINE_SRC_DB_SALVAGE_BLOCKS_H_
#define LSMKV_ENGINE_SRC_DB_SALVAGE_BLOCKS_H_

#include <cstdint>
#include <vector>

#include "engine/src/table/block_fetch.h"
#include "engine/src/table/table_format.h"

namespace lsmkv::engine {

struct FoundBlocks {
  std::vector<BlockHandle> data;
  // The blocks behind the data, of whatever kind.
  std::vector<BlockHandle> others;
  // Where the search ended: at `end`, or where no block fits.
  uint64_t stopped_at = 0;
  // All data blocks are in `data`: another kind follows them, or the end.
  bool complete = false;
};

// Searches [0, end). Errors of the file end the search like damage does.
FoundBlocks FindBlocks(const TableFile& file, uint64_t end);
// The same in a value file: the blocks up to the first place where none fits.
std::vector<BlockHandle> FindValueBlocks(const TableFile& file, uint64_t end);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SALVAGE_BLOCKS_H_
