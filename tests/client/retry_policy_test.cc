#include "lsmkv/client/retry_policy.h"

#include <gtest/gtest.h>

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

const absl::Status kTransient = absl::UnavailableError("down");
const absl::Status kPermanent = absl::InvalidArgumentError("bad");

TEST(LimitedErrorCountRetryPolicyTest, ToleratesSoManyFailuresAndNoMore) {
  LimitedErrorCountRetryPolicy policy(2);
  EXPECT_TRUE(policy.OnFailure(kTransient, milliseconds(0)));
  EXPECT_TRUE(policy.OnFailure(kTransient, milliseconds(0)));
  EXPECT_FALSE(policy.OnFailure(kTransient, milliseconds(0)));
}

TEST(LimitedErrorCountRetryPolicyTest, ZeroNeverRetries) {
  LimitedErrorCountRetryPolicy policy(0);
  EXPECT_FALSE(policy.OnFailure(kTransient, milliseconds(0)));
}

TEST(LimitedErrorCountRetryPolicyTest, PermanentErrorEndsAtOnce) {
  LimitedErrorCountRetryPolicy policy(5);
  EXPECT_FALSE(policy.OnFailure(kPermanent, milliseconds(0)));
}

TEST(LimitedErrorCountRetryPolicyTest, CloneStartsAfresh) {
  LimitedErrorCountRetryPolicy policy(1);
  EXPECT_TRUE(policy.OnFailure(kTransient, milliseconds(0)));
  EXPECT_FALSE(policy.OnFailure(kTransient, milliseconds(0)));
  EXPECT_TRUE(policy.Clone()->OnFailure(kTransient, milliseconds(0)));
}

TEST(LimitedTimeRetryPolicyTest, EndsWhenTheTimeIsUp) {
  LimitedTimeRetryPolicy policy(milliseconds(100));
  EXPECT_TRUE(policy.OnFailure(kTransient, milliseconds(99)));
  EXPECT_FALSE(policy.OnFailure(kTransient, milliseconds(100)));
  EXPECT_FALSE(policy.OnFailure(kPermanent, milliseconds(0)));
}

TEST(RetryPolicyTest, OnlyUnavailableIsTransient) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "x");
    EXPECT_EQ(RetryPolicy::IsTransient(status),
              status.code() == absl::StatusCode::kUnavailable)
        << status;
  }
}

TEST(ExponentialBackoffPolicyTest, GrowsToItsMaximumWithJitter) {
  ExponentialBackoffPolicy policy(milliseconds(100), milliseconds(350), 2.0);
  for (const int upper : {100, 200, 350, 350, 350}) {
    const milliseconds delay = policy.NextDelay();
    EXPECT_GE(delay.count(), upper / 2);
    EXPECT_LE(delay.count(), upper);
  }
}

TEST(ExponentialBackoffPolicyTest, ClonesDrawDifferentDelays) {
  const ExponentialBackoffPolicy policy(milliseconds(100000),
                                        milliseconds(100000), 1.0);
  const auto first = policy.Clone();
  const auto second = policy.Clone();
  bool differs = false;
  for (int i = 0; i < 8; ++i) {
    differs |= first->NextDelay() != second->NextDelay();
  }
  EXPECT_TRUE(differs);
}

TEST(ExponentialBackoffPolicyTest, CloneStartsAfresh) {
  ExponentialBackoffPolicy policy(milliseconds(10), milliseconds(10000), 10);
  for (int i = 0; i < 4; ++i) policy.NextDelay();
  EXPECT_LE(policy.Clone()->NextDelay().count(), 10);
}

}  // namespace
}  // namespace lsmkv::client
