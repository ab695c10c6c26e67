#include "service/core/validation.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "service/core/error.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

Limits SmallLimits() {
  Limits limits;
  limits.key_bytes_max = 4;
  limits.value_bytes_max = 8;
  limits.batch_bytes_max = 20;
  limits.batch_operations_max = 3;
  return limits;
}

Operation Put(std::string key, std::string value) {
  return {Operation::Kind::kPut, std::move(key), std::move(value)};
}

WriteRequest Batch(std::vector<Operation> operations) {
  WriteRequest request;
  request.operations = std::move(operations);
  return request;
}

std::string ReasonOf(const absl::Status& status) {
  return DetailOf(status).reason;
}

TEST(ValidationTest, EmptyKeyIsRefused) {
  const absl::Status status = CheckKey(SmallLimits(), "");
  EXPECT_STATUS(status, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), "INVALID_KEY");
}

TEST(ValidationTest, KeyAtTheLimitPassesAndOneByteMoreDoesNot) {
  EXPECT_OK(CheckKey(SmallLimits(), "1234"));
  const absl::Status status = CheckKey(SmallLimits(), "12345");
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "key of 5 bytes is over the limit of 4 bytes");
  const ErrorDetail detail = DetailOf(status);
  EXPECT_EQ(detail.reason, "KEY_TOO_LARGE");
  EXPECT_EQ(detail.metadata.at("sizeBytes"), "5");
  EXPECT_EQ(detail.metadata.at("limitBytes"), "4");
}

TEST(ValidationTest, ValueAtTheLimitPassesAndOneByteMoreDoesNot) {
  EXPECT_OK(CheckValue(SmallLimits(), "12345678"));
  EXPECT_OK(CheckValue(SmallLimits(), ""));
  EXPECT_EQ(ReasonOf(CheckValue(SmallLimits(), "123456789")),
            "VALUE_TOO_LARGE");
}

TEST(ValidationTest, BatchAtTheLimitPassesAndOneByteMoreDoesNot) {
  EXPECT_OK(CheckWrite(SmallLimits(),
                       Batch({Put("12", "12345678"), Put("12", "12345678")})));
  const absl::Status status = CheckWrite(
      SmallLimits(), Batch({Put("123", "12345678"), Put("12", "12345678")}));
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "batch of 21 bytes is over the limit of 20 bytes");
  EXPECT_EQ(ReasonOf(status), "BATCH_TOO_LARGE");
}

TEST(ValidationTest, EmptyAndOverlongBatchesAreRefused) {
  EXPECT_EQ(ReasonOf(CheckWrite(SmallLimits(), Batch({}))), "EMPTY_BATCH");
  EXPECT_OK(CheckWrite(SmallLimits(),
                       Batch({Put("a", ""), Put("b", ""), Put("c", "")})));
  EXPECT_EQ(
      ReasonOf(CheckWrite(SmallLimits(), Batch({Put("a", ""), Put("b", ""),
                                                Put("c", ""), Put("d", "")}))),
      "TOO_MANY_OPERATIONS");
}

TEST(ValidationTest, ErrorInABatchNamesTheOperation) {
  const absl::Status status =
      CheckWrite(SmallLimits(), Batch({Put("a", ""), Put("", "")}));
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kInvalidArgument,
                         "operation 1: the key is empty");
  EXPECT_EQ(DetailOf(status).metadata.at("operation"), "1");
  EXPECT_EQ(ReasonOf(status), "INVALID_KEY");
}

TEST(ValidationTest, RangeDeleteInABatchNeedsABoundAndAnOrder) {
  const auto check = [](std::string start, std::string end) {
    return CheckWrite(SmallLimits(),
                      Batch({{Operation::Kind::kDeleteRange, std::move(start),
                              std::move(end)}}));
  };
  EXPECT_OK(check("a", "b"));
  EXPECT_OK(check("a", ""));
  EXPECT_OK(check("", "b"));
  EXPECT_EQ(ReasonOf(check("", "")), "INVALID_RANGE");
  EXPECT_EQ(ReasonOf(check("b", "b")), "INVALID_RANGE");
  EXPECT_EQ(ReasonOf(check("b", "a")), "INVALID_RANGE");
}

TEST(ValidationTest, PrefixEndIsTheSmallestKeyAboveThePrefix) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("a\xFF"), "b");
  EXPECT_EQ(PrefixEnd(std::string("a\0", 2)), std::string("a\x01"));
  EXPECT_EQ(PrefixEnd("\x7F"), "\x80");
  EXPECT_EQ(PrefixEnd("\xFF\xFF"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

TEST(ValidationTest, PrefixBecomesARange) {
  ASSERT_OK_AND_ASSIGN(KeyRange range,
                       ResolveRange(SmallLimits(), {"", "", "ab"}));
  EXPECT_EQ(range.start, "ab");
  EXPECT_EQ(range.end, "ac");
}

TEST(ValidationTest, PrefixExcludesBounds) {
  EXPECT_EQ(ReasonOf(ResolveRange(SmallLimits(), {"a", "", "b"}).status()),
            "INVALID_RANGE");
  EXPECT_EQ(ReasonOf(ResolveRange(SmallLimits(), {"", "a", "b"}).status()),
            "INVALID_RANGE");
}

TEST(ValidationTest, BoundMayBeTheSuccessorOfTheLongestKey) {
  EXPECT_OK(ResolveRange(SmallLimits(), {"12345", "", ""}));
  EXPECT_EQ(ReasonOf(ResolveRange(SmallLimits(), {"123456", "", ""}).status()),
            "KEY_TOO_LARGE");
}

TEST(ValidationTest, RangeWithStartAtOrAfterEndIsEmpty) {
  EXPECT_TRUE(IsEmptyRange({"b", "a"}));
  EXPECT_TRUE(IsEmptyRange({"a", "a"}));
  EXPECT_FALSE(IsEmptyRange({"a", "b"}));
  EXPECT_FALSE(IsEmptyRange({"a", ""}));
  EXPECT_FALSE(IsEmptyRange({"", ""}));
}

}  // namespace
}  // namespace lsmkv::service
