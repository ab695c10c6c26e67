#include "client/src/grpc_status.h"

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <gtest/gtest.h>

#include "lsmkv/client/status.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

constexpr char kEndpoint[] = "host:1";

absl::Status Convert(grpc::StatusCode code, const std::string& message,
                     bool never_connected = false) {
  return FromGrpcStatus(grpc::Status(code, message), kEndpoint,
                        never_connected);
}

TEST(FromGrpcStatusTest, OkIsOk) {
  EXPECT_OK(FromGrpcStatus(grpc::Status::OK, kEndpoint, false));
}

TEST(FromGrpcStatusTest, EveryCodeKeepsItsNumber) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status =
        Convert(static_cast<grpc::StatusCode>(code), "message");
    EXPECT_EQ(static_cast<int>(status.code()), code);
    EXPECT_NE(status.ToString().find("message"), std::string::npos);
  }
}

grpc::Status WithReason(grpc::StatusCode code, const std::string& message,
                        const std::string& reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("lsmkv.v1");
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  return grpc::Status(code, message, details.SerializeAsString());
}

TEST(FromGrpcStatusTest, ReasonOfTheServerIsKept) {
  const absl::Status status = FromGrpcStatus(
      WithReason(grpc::StatusCode::NOT_FOUND, "no key", "KEY_NOT_FOUND"),
      kEndpoint, false);
  EXPECT_EQ(ErrorReason(status), "KEY_NOT_FOUND");
  EXPECT_EQ(status.message(), "no key");
}

TEST(FromGrpcStatusTest, DamagedDetailsAreDropped) {
  const absl::Status status = FromGrpcStatus(
      grpc::Status(grpc::StatusCode::NOT_FOUND, "no key", "\xff\xff"),
      kEndpoint, false);
  EXPECT_STATUS(status, absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(status), "");
}

TEST(FromGrpcStatusTest, FailureToConnectNamesTheEndpointAndTheCause) {
  const absl::Status status =
      Convert(grpc::StatusCode::UNAVAILABLE,
              "failed to connect to all addresses; last error: UNKNOWN: "
              "Connection refused",
              /*never_connected=*/true);
  EXPECT_EQ(status.message(), "cannot connect to host:1: Connection refused");
  EXPECT_TRUE(IsConnectError(status));
}

TEST(FromGrpcStatusTest, LostConnectionIsNotAFailureToConnect) {
  const absl::Status status =
      Convert(grpc::StatusCode::UNAVAILABLE, "Socket closed");
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "connection to host:1 failed: Socket closed");
  EXPECT_FALSE(IsConnectError(status));
}

TEST(FromGrpcStatusTest, UnavailableOfTheServerKeepsItsMessage) {
  const absl::Status status = FromGrpcStatus(
      WithReason(grpc::StatusCode::UNAVAILABLE,
                 "failed to connect to all addresses", "SHUTTING_DOWN"),
      kEndpoint, false);
  EXPECT_EQ(status.message(), "failed to connect to all addresses");
  EXPECT_FALSE(IsConnectError(status));
}

TEST(FromGrpcStatusTest, DeadlineWhileConnectingIsUnavailable) {
  const absl::Status status =
      Convert(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded",
              /*never_connected=*/true);
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "cannot connect to host:1");
  // It is not certain: a connection may have come and gone.
  EXPECT_FALSE(IsConnectError(status));
}

TEST(FromGrpcStatusTest, DeadlineOfACallThatWasSentStaysOne) {
  EXPECT_STATUS(
      Convert(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"),
      absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace lsmkv::client
