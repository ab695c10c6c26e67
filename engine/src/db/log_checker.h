// Checks the logs of a store that is open, write-ahead logs and the MANIFEST,
// as far as they are written.

#ifndef LSMKV_ENGINE_SRC_DB_LOG_CHECKER_H_
#define LSMKV_ENGINE_SRC_DB_LOG_CHECKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"

#include "engine/src/db/wal_set.h"
#include "engine/src/format/internal_key.h"
#include "engine/src/version/version_set.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

// OK, or what is wrong and where.
struct LogCheck {
  absl::Status status;
  uint64_t offset = 0;
};

// Reads the edits that were logged and compares the tables and logs they lead
// to with those of `logged`.
LogCheck CheckManifestLog(std::unique_ptr<RandomAccessFile> file,
                          const std::string& path,
                          const VersionSet::Logged& logged);

// Reads the batches of a log. `*last` is the last sequence of the log before
// it, unset if unknown; becomes that of this one.
LogCheck CheckWal(std::unique_ptr<RandomAccessFile> file,
                  const std::string& path, const WalSet::Extent& extent,
                  std::optional<SequenceNumber>* last);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_LOG_CHECKER_H_
