#include "service/grpc/status_mapping.h"

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <gtest/gtest.h>

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(details.message(), status.error_message());
  google::rpc::ErrorInfo info;
  EXPECT_EQ(details.details_size(), 1);
  if (details.details_size() == 1) {
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
  }
  return info;
}

TEST(StatusMappingTest, OkIsOkAndCarriesNothing) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(status.error_details().empty());
}

TEST(StatusMappingTest, Every16CodesAreKeptWithOneErrorInfo) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpcStatus(
        absl::Status(static_cast<absl::StatusCode>(code), "message"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "message");
    const google::rpc::ErrorInfo info = InfoOf(status);
    EXPECT_EQ(info.domain(), "lsmkv.v1");
    EXPECT_FALSE(info.reason().empty());
    EXPECT_LE(info.reason().size(), 63u);
    EXPECT_EQ(info.reason().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"),
              std::string::npos)
        << info.reason();
  }
}

TEST(StatusMappingTest, ReasonAndMetadataAreKept) {
  const google::rpc::ErrorInfo info = InfoOf(ToGrpcStatus(
      MakeError(absl::StatusCode::kInvalidArgument, "KEY_TOO_LARGE", "m",
                {{"sizeBytes", "5"}, {"limitBytes", "4"}})));
  EXPECT_EQ(info.reason(), "KEY_TOO_LARGE");
  EXPECT_EQ(info.metadata().at("sizeBytes"), "5");
  EXPECT_EQ(info.metadata().at("limitBytes"), "4");
}

TEST(StatusMappingTest, LongMessageIsCutBetweenCharacters) {
  std::string message(1023, 'x');
  message += "\xC3\xBC and more";
  const grpc::Status status = ToGrpcStatus(absl::InternalError(message));
  EXPECT_EQ(status.error_message(), std::string(1023, 'x') + "...");
  EXPECT_LT(status.error_details().size(), 4096u);
}

}  // namespace
}  // namespace lsmkv::service
