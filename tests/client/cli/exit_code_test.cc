#include "client/cli/exit_code.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(ExitCodeTest, EveryStatusHasItsDocumentedNumber) {
  const struct {
    absl::StatusCode code;
    int number;
  } kCases[] = {
      {absl::StatusCode::kOk, 0},
      {absl::StatusCode::kInternal, 1},
      {absl::StatusCode::kUnknown, 1},
      {absl::StatusCode::kUnimplemented, 1},
      {absl::StatusCode::kOutOfRange, 1},
      {absl::StatusCode::kCancelled, 1},
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kNotFound, 3},
      {absl::StatusCode::kFailedPrecondition, 4},
      {absl::StatusCode::kAlreadyExists, 4},
      {absl::StatusCode::kAborted, 4},
      {absl::StatusCode::kUnavailable, 5},
      {absl::StatusCode::kDeadlineExceeded, 6},
      {absl::StatusCode::kPermissionDenied, 7},
      {absl::StatusCode::kUnauthenticated, 7},
      {absl::StatusCode::kResourceExhausted, 8},
      {absl::StatusCode::kDataLoss, 9},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(static_cast<int>(ExitCodeOf(absl::Status(c.code, "x"))), c.number)
        << absl::StatusCodeToString(c.code);
  }
}

}  // namespace
}  // namespace lsmkv::cli
