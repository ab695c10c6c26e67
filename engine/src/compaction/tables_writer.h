// TablesWriter: writes a sorted stream of entries to one table after another,
// cutting between user keys, and gives every table its share of the range
// tombstones.
//
// Tables are synced and opened; the directory is synced by Finish. Until the
// files are in a version they are removed again by Abandon.
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_TABLES_WRITER_H_
#define LSMKV_ENGINE_SRC_COMPACTION_TABLES_WRITER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/compaction/job_context.h"
#include "engine/src/compaction/values_writer.h"
#include "engine/src/table/table_builder.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

struct OutputLimits {
  Compression compression = Compression::kNone;
  uint64_t table_bytes_max = UINT64_MAX;
  // Tables of the level below the output: a table should not overlap too many
  // of them, or compacting it later moves too much.
  std::vector<FilePtr> grandparents;
  // The version that the entries' references are of; null if there are none.
  const Version* values_of = nullptr;
  // Value files of it whose values are moved to new ones.
  std::set<uint64_t> collect;
};

// What a TablesWriter made: tables, and the value files they refer to beside
// those that were there.
struct WrittenFiles {
  std::vector<std::shared_ptr<FileMeta>> tables;
  std::vector<std::shared_ptr<ValueMeta>> values;

  // Adds all to the edit, the tables in `level`.
  void AddTo(int level, VersionEdit* edit) &&;
};

class TablesWriter {
 public:
  // `tombstones` sorted by begin, cut into fragments.
  TablesWriter(const JobContext& context, OutputLimits limits,
               std::vector<RangeTombstone> tombstones);
  ~TablesWriter();

  // A value of Options::value_separation_bytes or more goes to a value file,
  // and so does one that is packed.
  absl::Status Add(std::string_view internal_key, std::string_view value);
  // Whether Add would write the value to a value file, as ValueRecord.
  bool Separates(std::string_view internal_key, std::string_view value) const;
  // Add, with the record of a value that Separates compressed already.
  absl::Status AddSeparated(std::string_view internal_key,
                            const StoredBlock& record);
  // The finished files, durable and open. Call once.
  absl::StatusOr<WrittenFiles> Finish();

  uint64_t records() const { return records_; }
  uint64_t written_bytes() const {
    return written_bytes_ + values_.written_bytes();
  }

 private:
  struct OpenTableFile;

  // Sees that there is a table for the entry.
  absl::Status MakeRoom(std::string_view internal_key);
  absl::Status AddRef(std::string_view internal_key, const ValueRef& ref);
  absl::Status StartTable();
  // Ends the current table; its tombstones end at `window_end` (unset: never).
  absl::Status FinishTable(std::optional<std::string_view> window_end);
  // Where the value of a put is to be, if not in the table.
  absl::StatusOr<std::optional<ValueRef>> PlaceValue(
      std::string_view internal_key, std::string_view value);
  absl::StatusOr<ValueRef> PlacePacked(std::string_view internal_key,
                                       std::string_view packed);
  bool ShouldCut(std::string_view next_user_key);
  void AddTombstones(std::optional<std::string_view> window_end);
  void Abandon();

  const JobContext context_;
  const OutputLimits limits_;
  const std::vector<RangeTombstone> tombstones_;
  std::unique_ptr<OpenTableFile> table_;
  ValuesWriter values_;
  std::string entry_key_;
  std::string packed_head_;
  std::string packed_block_;
  std::optional<std::string> window_begin_;  // unset: from the start
  std::string last_user_key_;
  size_t next_grandparent_ = 0;
  uint64_t grandparent_bytes_ = 0;
  std::vector<std::shared_ptr<FileMeta>> files_;
  std::vector<std::string> unfinished_paths_;
  uint64_t records_ = 0;
  uint64_t written_bytes_ = 0;
  bool finished_ = false;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_TABLES_WRITER_H_
