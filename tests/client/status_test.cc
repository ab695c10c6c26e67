#include "lsmkv/client/status.h"

#include <gtest/gtest.h>

#include "client/src/status_payload.h"

namespace lsmkv::client {
namespace {

TEST(ErrorReasonTest, IsEmptyWithoutErrorInfo) {
  EXPECT_EQ(ErrorReason(absl::OkStatus()), "");
  EXPECT_EQ(ErrorReason(absl::InternalError("x")), "");
  EXPECT_TRUE(ErrorMetadata(absl::InternalError("x")).empty());
}

TEST(ErrorReasonTest, ComesBackWithItsMetadata) {
  const absl::Status status =
      MakeErrorWithReason(absl::StatusCode::kInvalidArgument, "too large",
                          "VALUE_TOO_LARGE", {{"limitBytes", "8388608"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "too large");
  EXPECT_EQ(ErrorReason(status), "VALUE_TOO_LARGE");
  EXPECT_EQ(ErrorMetadata(status).at("limitBytes"), "8388608");
}

TEST(ErrorReasonTest, DamagedPayloadSaysNothing) {
  absl::Status status = absl::InternalError("x");
  status.SetPayload(kErrorInfoUrl, absl::Cord("\x0a\xff\xff\xff"));
  EXPECT_EQ(ErrorReason(status), "");
}

TEST(IsConnectErrorTest, IsNotEveryUnavailable) {
  EXPECT_FALSE(IsConnectError(absl::UnavailableError("stopping")));
  EXPECT_FALSE(IsConnectError(absl::OkStatus()));
}

}  // namespace
}  // namespace lsmkv::client
