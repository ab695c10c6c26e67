#include "service/core/error.h"

#include <string>

#include <gtest/gtest.h>

namespace lsmkv::service {
namespace {

TEST(ErrorTest, DetailComesBackAsItWasMade) {
  const absl::Status status =
      MakeError(absl::StatusCode::kInvalidArgument, "KEY_TOO_LARGE", "too big",
                {{"sizeBytes", "17"}, {"path", std::string("a\0b", 3)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "too big");
  const ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.reason, "KEY_TOO_LARGE");
  ASSERT_EQ(detail.metadata.size(), 2u);
  EXPECT_EQ(detail.metadata.at("sizeBytes"), "17");
  EXPECT_EQ(detail.metadata.at("path"), std::string("a\0b", 3));
}

TEST(ErrorTest, StatusWithoutDetailHasTheReasonOfItsCode) {
  EXPECT_EQ(DetailOf(absl::NotFoundError("")).reason, "KEY_NOT_FOUND");
  EXPECT_EQ(DetailOf(absl::DataLossError("x")).reason, "DATA_LOSS");
  EXPECT_EQ(DetailOf(absl::DeadlineExceededError("x")).reason,
            "DEADLINE_EXCEEDED");
}

TEST(ErrorTest, EveryCodeHasAReason) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "x");
    EXPECT_FALSE(DetailOf(status).reason.empty()) << code;
  }
}

TEST(ErrorTest, DamagedDetailFallsBackToTheCode) {
  absl::Status status = MakeError(absl::StatusCode::kInternal, "R", "m");
  status.ForEachPayload([&](absl::string_view url, const absl::Cord&) {
    status.SetPayload(url, absl::Cord("\xFF\xFF\xFF\xFF"));
  });
  EXPECT_EQ(DetailOf(status).reason, "INTERNAL");
}

}  // namespace
}  // namespace lsmkv::service
