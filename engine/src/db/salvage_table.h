// SalvageTable: reads a table that may be damaged anywhere, block by block.
//
// What fails its check is left out and reported; what is handed out has passed
// it. Where the footer or the index is damaged, blocks are found by their
// checksums instead.
//
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_DB_SALVAGE_TABLE_H_
#define LSMKV_ENGINE_SRC_DB_SALVAGE_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "engine/src/db/salvage_values.h"
#include "engine/src/format/range_tombstone.h"
#include "engine/src/iter/internal_iterator.h"
#include "engine/src/table/block_fetch.h"
#include "engine/src/table/table_format.h"
#include "engine/src/version/file_meta.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/salvage.h"

namespace lsmkv::engine {

class SalvageTable {
 public:
  // `meta`: what the MANIFEST says of the table; null if nobody knows. It and
  // `report`, which is filled on the way, must outlive the table, and `values`,
  // which knows the values that the table refers to.
  SalvageTable(Env* env, std::string path, const FileMeta* meta,
               SalvageValues* values, SalvagedFile* report);

  // The range deletions that could be read.
  const std::vector<RangeTombstone>& tombstones() const { return tombstones_; }

  // The readable entries in order, each with its value, once: forward from
  // SeekToFirst. It never fails; the report tells what it passed over. The
  // table must outlive it.
  std::unique_ptr<InternalIterator> NewIterator();

  // The greatest sequence of what was read so far.
  SequenceNumber largest_sequence() const { return largest_sequence_; }

  // To be called when everything was read: completes the report.
  void Finish();

 private:
  class Entries;

  absl::Status Open();
  absl::Status ReadFooter();
  absl::Status ReadIndex();
  absl::Status ReadTombstones(BlockHandle handle);
  // Without an index: follows the blocks from the start of the file.
  void FindBlocks();
  void LoseTombstones(const absl::Status& why);
  void Unreadable(const absl::Status& why);
  // A region without a block; `next_key` is the first user key behind it.
  void Lose(uint64_t offset, uint64_t bytes, const absl::Status& why);
  void EndLoss(std::string_view next_key);

  const FileMeta* const meta_;
  SalvageValues* const values_;
  SalvagedFile* const report_;
  TableFile file_;
  Footer footer_;
  bool have_footer_ = false;
  std::vector<BlockHandle> blocks_;
  std::vector<RangeTombstone> tombstones_;
  uint64_t expected_records_ = 0;
  bool records_known_ = false;
  uint64_t point_records_ = 0;
  uint64_t values_lost_ = 0;
  SequenceNumber largest_sequence_ = 0;
  std::string last_user_key_;
  // The last loss still lacks its upper bound.
  bool in_loss_ = false;
  // Where a search for blocks ended too soon, and why; OK if it did not.
  uint64_t rest_lost_at_ = 0;
  absl::Status rest_lost_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SALVAGE_TABLE_H_
