#include "service/rest/error_body.h"

#include "gtest/gtest.h"

#include "service/core/error.h"
#include "service/rest/json.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

TEST(ErrorBodyTest, BodyIsTheStatusWithOneErrorInfo) {
  EXPECT_EQ(ErrorBody(MakeError(absl::StatusCode::kNotFound, "KEY_NOT_FOUND",
                                "no \"key\"", {{"sizeBytes", "7"}})),
            R"({"code":5,"message":"no \"key\"","details":[{"@type":)"
            R"("type.googleapis.com/google.rpc.ErrorInfo",)"
            R"("reason":"KEY_NOT_FOUND","domain":"lsmkv.v1",)"
            R"("metadata":{"sizeBytes":"7"}}]})");
}

TEST(ErrorBodyTest, ErrorsWithoutAReasonGetOne) {
  ASSERT_OK_AND_ASSIGN(const JsonValue body,
                       ParseJson(ErrorBody(absl::DataLossError("bad block"))));
  ASSERT_EQ(body.Find("details")->items.size(), 1U);
  EXPECT_NE(body.Find("details")->items[0].Find("reason")->text, "");
}

TEST(ErrorBodyTest, MessagesThatAreNoTextAreStillJson) {
  ASSERT_OK_AND_ASSIGN(const JsonValue body,
                       ParseJson(ErrorBody(absl::InternalError("a\xFF\x01z"))));
  EXPECT_EQ(body.Find("message")->text, "a\uFFFD\x01z");
}

TEST(ErrorBodyTest, ResponseHasTheMappedStatus) {
  const HttpResponse response = ErrorResponse(absl::AbortedError("lost"));
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(FindHeader(response.headers, "content-type"), "application/json");
  EXPECT_EQ(FindHeader(response.headers, "Retry-After"), std::nullopt);
}

TEST(ErrorBodyTest, WhatPassesByItselfSaysWhenToTryAgain) {
  EXPECT_EQ(FindHeader(ErrorResponse(absl::UnavailableError("")).headers,
                       "Retry-After"),
            "1");
  EXPECT_EQ(FindHeader(ErrorResponse(absl::ResourceExhaustedError("")).headers,
                       "Retry-After"),
            "1");
}

}  // namespace
}  // namespace lsmkv::service
