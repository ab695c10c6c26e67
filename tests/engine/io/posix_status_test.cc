#include "engine/src/io/posix_status.h"

#include <errno.h>

#include "absl/status/status.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

TEST(PosixStatusTest, CodesAreThoseEnvPromises) {
  EXPECT_EQ(PosixErrorCode(ENOENT), absl::StatusCode::kNotFound);
  EXPECT_EQ(PosixErrorCode(EEXIST), absl::StatusCode::kAlreadyExists);
  for (const int error : {EACCES, EPERM, EROFS}) {
    EXPECT_EQ(PosixErrorCode(error), absl::StatusCode::kPermissionDenied);
  }
  for (const int error : {ENOSPC, EDQUOT, EMFILE, ENFILE}) {
    EXPECT_EQ(PosixErrorCode(error), absl::StatusCode::kResourceExhausted);
  }
  for (const int error : {EIO, EINVAL, ELOOP, EBADF, ENOTDIR, EFBIG, 12345}) {
    EXPECT_EQ(PosixErrorCode(error), absl::StatusCode::kInternal) << error;
  }
}

TEST(PosixStatusTest, ErrnoZeroIsAnErrorToo) {
  EXPECT_STATUS(PosixError("/a", "read", 0), absl::StatusCode::kInternal);
}

TEST(PosixStatusTest, MessageNamesPathOperationAndReason) {
  const absl::Status status = PosixError("/data/000001.log", "open", ENOSPC);
  EXPECT_EQ(status.message(),
            "/data/000001.log: open: No space left on device (errno 28)");
}

}  // namespace
}  // namespace lsmkv::engine
