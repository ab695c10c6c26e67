// A file that always holds the number of the last line known to be stored.

#ifndef LSMKV_CLIENT_CLI_PROGRESS_FILE_H_
#define LSMKV_CLIENT_CLI_PROGRESS_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace lsmkv::cli {

// Replaces `path` by a file with `line` and a newline in it. A reader sees the
// old number or the new one, never half of it.
absl::Status WriteProgressFile(const std::string& path, uint64_t line);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_PROGRESS_FILE_H_
