// What the process tells the shell: stable, documented in README.md.

#ifndef LSMKV_CLIENT_CLI_EXIT_CODE_H_
#define LSMKV_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"

namespace lsmkv::cli {

enum class ExitCode : int {
  kOk = 0,
  kOther = 1,
  kUsage = 2,
  kNotFound = 3,
  kPreconditionFailed = 4,
  kCannotConnect = 5,
  kDeadline = 6,
  kDenied = 7,
  kExhausted = 8,
  kCorruptData = 9,
};

ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_EXIT_CODE_H_
