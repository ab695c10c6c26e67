// Salvage: saves what can be read of a store that DB::Open refuses.
//
//   auto report = lsmkv::engine::Salvage({}, "/var/lib/app/store", "");
//   // says what a salvage would save and lose; writes nothing
//   report = lsmkv::engine::Salvage({}, "/var/lib/app/store", "/new/store");
//   // writes all that can be read to a new store
//
// The source is only read. Of every key the newest operation that can be read
// wins, a deletion too; no byte that fails its check is used. Where a newer
// operation was lost, an older one may be what is left: the report names the
// keys for which that may be so.

#ifndef LSMKV_ENGINE_SALVAGE_H_
#define LSMKV_ENGINE_SALVAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

// A place in a file that cannot be read.
struct SalvageLoss {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  // Of a table: user keys that bound what is lost; both empty if unknown.
  std::string smallest_key;
  std::string largest_key;
  // Of a log: the versions that are lost; 0: unknown.
  uint64_t first_version = 0;
  uint64_t last_version = 0;
  absl::Status status;
};

struct SalvagedFile {
  enum class State {
    kWhole,
    kPartly,      // see `losses`
    kUnreadable,  // nothing of it; see `losses`
    kUnused,      // not part of the store, so not read
  };
  std::string path;
  State state = State::kWhole;
  uint64_t bytes = 0;
  // Operations that were read: values, deletions, deletions of ranges.
  uint64_t records = 0;
  // Operations known to be lost; more may be where !records_known.
  uint64_t records_lost = 0;
  bool records_known = true;
  // Bytes at the end of a log that make no record. No later record says that
  // they were durable, so that DB::Open would cut them, too.
  uint64_t tail_bytes = 0;
  // Damage that costs no data, such as that of an index.
  std::string note;
  std::vector<SalvageLoss> losses;
};

struct SalvageReport {
  // OK, or why the list of the store's files could not be read, or is known to
  // have lost its end. Then every table and log found was taken: what was
  // deleted may come back from files that were no longer part of the store.
  absl::Status manifest;
  std::vector<SalvagedFile> files;
  // What an operator should know besides.
  std::vector<std::string> notes;

  uint64_t records = 0;
  uint64_t records_lost = 0;
  uint64_t bytes_lost = 0;
  bool records_known = true;
  uint64_t last_version = 0;
  // In the new store; 0 if none was written.
  uint64_t keys_written = 0;

  // Everything the store held can be read.
  bool nothing_lost() const;
};

// Reads the store in `source` and reports. Unless `target`, which must be
// absent or empty, is "", it writes a new store there, with the versions that
// the records have, and opens it to check it. Of `options`, env and what says
// how tables are written are used.
//
// FAILED_PRECONDITION if the source is open in any process, has no files of a
// store, or the target is not empty; otherwise errors of the target only.
absl::StatusOr<SalvageReport> Salvage(const Options& options,
                                      const std::string& source,
                                      const std::string& target);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SALVAGE_H_
