// Version: the tables of the store at one moment, by level.
//
// L0 holds flushed memtables, newest first; their key ranges may overlap. In
// every deeper level tables are sorted by key and no user key is in two of
// them. What a level holds for a key is newer than what any deeper one holds.
//
// Threads: immutable; shared by std::shared_ptr.

#ifndef LSMKV_ENGINE_SRC_VERSION_VERSION_H_
#define LSMKV_ENGINE_SRC_VERSION_VERSION_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/iter/internal_iterator.h"
#include "engine/src/version/file_meta.h"
#include "engine/src/version/version_edit.h"

namespace lsmkv::engine {

// A value file, and what of it the tables of a version refer to; the rest is
// dead. No value is referred to twice.
struct ValueUse {
  ValuePtr file;
  uint64_t values = 0;
  uint64_t bytes = 0;

  uint64_t dead_bytes() const { return file->block_bytes - bytes; }
};

class Version {
 public:
  using Level = std::vector<FilePtr>;

  Version() = default;

  // The version after `edit`, whose tables are given the value files that they
  // refer to. DATA_LOSS if the edit does not fit: a removed table that is not
  // there, tables that overlap in a level, a value file that is not there.
  absl::StatusOr<std::shared_ptr<const Version>> Apply(
      const VersionEdit& edit, std::string_view path) const;

  const Level& level(int n) const { return levels_[static_cast<size_t>(n)]; }
  uint64_t level_bytes(int n) const {
    return level_bytes_[static_cast<size_t>(n)];
  }
  // The deepest level that has a table; 0 if none has.
  int deepest_level() const;

  // Looks the key up from the newest table to the oldest. `*covering` is the
  // newest range deletion seen so far that covers the key, and is raised by
  // those of the tables; the search ends where nothing below can be newer.
  // REQUIRES: the caller holds an EpochGuard.
  absl::Status Get(const PointLookup& lookup, SequenceNumber* covering,
                   PointResult* result, ValueSink* sink) const;

  // The value files, by number.
  const std::map<uint64_t, ValueUse>& values() const { return values_; }
  // The value that the write `sequence` put for the key.
  absl::StatusOr<LoadedValue> LoadValue(const ValueRef& ref,
                                        std::string_view user_key,
                                        SequenceNumber sequence,
                                        ValueReader::Keep keep) const;

  // One iterator for every L0 table and one for every other level in use.
  // The version must outlive them.
  void AddIterators(bool fill_cache,
                    std::vector<std::unique_ptr<InternalIterator>>* out) const;
  // The range deletions of all tables that have any.
  void AddRangeTombstones(std::vector<const RangeTombstones*>* out) const;

  // The tables of a level that may hold a key in [begin, end]. An unset bound
  // (null data) is unbounded.
  std::vector<FilePtr> Overlapping(int n, const std::string_view* begin,
                                   const std::string_view* end) const;
  // True if no level below `n` may hold a key in [begin, end].
  bool NothingBelow(int n, std::string_view begin, std::string_view end) const;

 private:
  void Finish();
  // Counts what the tables that come and go refer to.
  absl::Status ApplyShares(const VersionEdit& edit, const Version& before,
                           std::string_view path);

  // Finds the table of a sorted level that may hold the key.
  const FileMeta* FindFile(size_t n, std::string_view user_key,
                           uint64_t prefix) const;

  std::array<Level, kLevels> levels_;
  std::array<uint64_t, kLevels> level_bytes_{};
  std::map<uint64_t, ValueUse> values_;
  // Of every table's largest key, so that most of a search compares integers.
  std::array<std::vector<uint64_t>, kLevels> largest_prefixes_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_VERSION_H_
