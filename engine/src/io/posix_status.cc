#include "engine/src/io/posix_status.h"

#include <errno.h>
#include <string.h>

#include "engine/src/util/status.h"

namespace lsmkv::engine {

absl::StatusCode PosixErrorCode(int error_number) {
  switch (error_number) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status PosixError(std::string_view path, std::string_view operation,
                        int error_number) {
  char buffer[256];
  // The GNU form, which may answer with a string of its own.
  const char* text = strerror_r(error_number, buffer, sizeof(buffer));
  return MakeStatus(PosixErrorCode(error_number), path, ": ", operation, ": ",
                    text, " (errno ", error_number, ")");
}

}  // namespace lsmkv::engine
