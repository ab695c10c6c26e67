#include "lsmkv/client/options.h"

#include <gtest/gtest.h>

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

TEST(MergeOptionsTest, CallWinsOverFallback) {
  const CallOptions call{.timeout = milliseconds(1)};
  const CallOptions fallback{.timeout = milliseconds(2),
                             .long_timeout = milliseconds(3)};
  const CallOptions merged = MergeOptions(call, fallback);
  EXPECT_EQ(merged.timeout, milliseconds(1));
  EXPECT_EQ(merged.long_timeout, milliseconds(3));
  EXPECT_EQ(merged.attempt_timeout, std::nullopt);
}

TEST(MergeOptionsTest, ZeroAndFalseAreSet) {
  const CallOptions call{.timeout = milliseconds(0), .retry_writes = false};
  const CallOptions fallback{.timeout = milliseconds(2), .retry_writes = true};
  const CallOptions merged = MergeOptions(call, fallback);
  EXPECT_EQ(merged.timeout, milliseconds(0));
  EXPECT_EQ(merged.retry_writes, false);
}

TEST(MergeOptionsTest, EveryFieldComesFromTheFallbackWhereUnset) {
  const CallOptions merged = MergeOptions({}, DefaultCallOptions());
  EXPECT_EQ(merged.timeout, milliseconds(10000));
  EXPECT_EQ(merged.long_timeout, milliseconds(0));
  EXPECT_EQ(merged.attempt_timeout, milliseconds(0));
  EXPECT_NE(merged.retry_policy, nullptr);
  EXPECT_NE(merged.backoff_policy, nullptr);
  EXPECT_EQ(merged.retry_writes, false);
  EXPECT_EQ(merged.durability, Durability::kServerDefault);
}

TEST(MergeOptionsTest, PoliciesOfTheCallWin) {
  const auto mine = std::make_shared<LimitedErrorCountRetryPolicy>(9);
  const CallOptions merged =
      MergeOptions({.retry_policy = mine}, DefaultCallOptions());
  EXPECT_EQ(merged.retry_policy, mine);
  EXPECT_EQ(merged.backoff_policy, DefaultCallOptions().backoff_policy);
}

}  // namespace
}  // namespace lsmkv::client
