// VersionEdit: one change to the set of tables and logs, as a flush or a
// compaction returns it and the MANIFEST records it (engine/FORMAT.md,
// "MANIFEST").

#ifndef LSMKV_ENGINE_SRC_VERSION_VERSION_EDIT_H_
#define LSMKV_ENGINE_SRC_VERSION_VERSION_EDIT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "engine/src/version/file_meta.h"

namespace lsmkv::engine {

inline constexpr int kLevels = 7;

// What the MANIFEST knows of a live log beside its number.
struct WalFacts {
  uint64_t number = 0;
  uint64_t salt = 0;  // in the log's header; tells it from any other
  // How long it was, whole and durable, when the store was closed; 0: it was
  // in use.
  uint64_t closed_bytes = 0;
};

struct VersionEdit {
  struct Removed {
    int level;
    uint64_t number;
  };
  struct Added {
    int level;
    std::shared_ptr<FileMeta> file;
  };

  std::optional<uint64_t> next_file_number;
  // Every write up to it is in the tables.
  std::optional<SequenceNumber> flushed_sequence;
  std::optional<uint64_t> store_id;
  std::vector<uint64_t> added_wals;
  std::vector<uint64_t> removed_wals;
  std::vector<WalFacts> wal_facts;  // replace what was known of the log
  std::vector<Removed> removed_files;
  std::vector<Added> added_files;
  // Every one is referred to by a table that is added with it. One goes with
  // the last table that refers to it.
  std::vector<std::shared_ptr<ValueMeta>> added_values;

  std::string Encode() const;
  // The files have no reader yet. `path` and `offset` name the record in
  // errors: DATA_LOSS, or FAILED_PRECONDITION where a field is of a newer
  // format.
  static absl::StatusOr<VersionEdit> Decode(std::string_view bytes,
                                            std::string_view path,
                                            uint64_t offset);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_VERSION_EDIT_H_
