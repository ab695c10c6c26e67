#include "client/src/health_codec.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

TEST(HealthCodecTest, KnowsTheStatesOfTheProtocol) {
  EXPECT_EQ(*ParseHealthResponse("\x08\x01"), HealthState::kServing);
  EXPECT_EQ(*ParseHealthResponse("\x08\x02"), HealthState::kNotServing);
  EXPECT_EQ(*ParseHealthResponse("\x08\x03"), HealthState::kUnknown);
  EXPECT_EQ(*ParseHealthResponse(""), HealthState::kUnknown);
}

TEST(HealthCodecTest, UnknownFieldsAreSkipped) {
  EXPECT_EQ(*ParseHealthResponse("\x12\x02hi\x08\x01"), HealthState::kServing);
}

TEST(HealthCodecTest, DamagedBytesAreAnError) {
  EXPECT_STATUS(ParseHealthResponse("\x08"), absl::StatusCode::kInternal);
  EXPECT_STATUS(ParseHealthResponse("\x12\x7f"), absl::StatusCode::kInternal);
  EXPECT_STATUS(ParseHealthResponse(std::string("\0", 1)),
                absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace lsmkv::client
