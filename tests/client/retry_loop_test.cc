#include "client/src/retry_loop.h"

#include <deque>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include <google/protobuf/duration.pb.h>
#include <gtest/gtest.h>

#include "client/src/status_payload.h"
#include "tests/client/fake_clock.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

class FixedBackoff : public BackoffPolicy {
 public:
  std::unique_ptr<BackoffPolicy> Clone() const override {
    return std::make_unique<FixedBackoff>();
  }
  milliseconds NextDelay() override { return milliseconds(100); }
};

CallSettings Settings(int failures_max, int timeout_ms = 0,
                      int attempt_timeout_ms = 0) {
  CallSettings settings;
  settings.timeout = milliseconds(timeout_ms);
  settings.attempt_timeout = milliseconds(attempt_timeout_ms);
  settings.may_retry = true;
  settings.retry_policy =
      std::make_unique<LimitedErrorCountRetryPolicy>(failures_max);
  settings.backoff_policy = std::make_unique<FixedBackoff>();
  return settings;
}

class RetryLoopTest : public testing::Test {
 protected:
  // Runs the loop over attempts that take `attempt_ms` each and end as
  // `script` says; the last one is repeated.
  absl::StatusOr<int> Run(CallSettings settings,
                          std::deque<absl::Status> script) {
    return RetryLoop(std::move(settings), &clock_,
                     [&](grpc::ClientContext& context) -> absl::StatusOr<int> {
                       ++attempts_;
                       deadlines_.push_back(context.deadline());
                       clock_.Advance(milliseconds(attempt_ms_));
                       const absl::Status status = script.front();
                       if (script.size() > 1) script.pop_front();
                       if (!status.ok()) return status;
                       return attempts_;
                     });
  }

  milliseconds DeadlineIn(size_t attempt) const {
    return std::chrono::duration_cast<milliseconds>(deadlines_[attempt] -
                                                    start_);
  }

  FakeClock clock_;
  const std::chrono::system_clock::time_point start_ = clock_.WallNow();
  int attempt_ms_ = 0;
  int attempts_ = 0;
  std::vector<std::chrono::system_clock::time_point> deadlines_;
};

TEST_F(RetryLoopTest, SuccessTakesOneAttemptAndNoSleep) {
  ASSERT_OK_AND_ASSIGN(const int value, Run(Settings(3), {absl::OkStatus()}));
  EXPECT_EQ(value, 1);
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryLoopTest, TransientFailureIsRepeatedAfterBackoff) {
  ASSERT_OK_AND_ASSIGN(
      const int value,
      Run(Settings(3), {absl::UnavailableError("a"),
                        absl::UnavailableError("b"), absl::OkStatus()}));
  EXPECT_EQ(value, 3);
  EXPECT_EQ(clock_.sleeps,
            (std::vector<milliseconds>{milliseconds(100), milliseconds(100)}));
}

TEST_F(RetryLoopTest, ErrorSaysHowManyAttemptsAndWhyNoMore) {
  const auto result = Run(Settings(2), {absl::UnavailableError("down")});
  EXPECT_STATUS_CONTAINS(result, absl::StatusCode::kUnavailable,
                         "down (3 attempts; retry limit reached)");
  EXPECT_EQ(attempts_, 3);
}

TEST_F(RetryLoopTest, PermanentErrorIsReturnedUnchanged) {
  const auto result = Run(Settings(3), {absl::InvalidArgumentError("bad")});
  EXPECT_EQ(result.status(), absl::InvalidArgumentError("bad"));
  EXPECT_EQ(attempts_, 1);
}

TEST_F(RetryLoopTest, NotRepeatableMeansOneAttempt) {
  CallSettings settings = Settings(3);
  settings.may_retry = false;
  const auto result =
      Run(std::move(settings), {absl::UnavailableError("down")});
  EXPECT_EQ(result.status(), absl::UnavailableError("down"));
  EXPECT_EQ(attempts_, 1);
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST_F(RetryLoopTest, PayloadsSurviveTheExplanation) {
  absl::Status status = absl::UnavailableError("down");
  status.SetPayload("some/url", absl::Cord("payload"));
  const auto result = Run(Settings(1), {status});
  ASSERT_TRUE(result.status().GetPayload("some/url").has_value());
  EXPECT_EQ(*result.status().GetPayload("some/url"), "payload");
}

TEST_F(RetryLoopTest, EveryAttemptGetsWhatIsLeftOfTheCall) {
  attempt_ms_ = 10;
  ASSERT_OK(
      Run(Settings(3, 1000), {absl::UnavailableError("a"), absl::OkStatus()}));
  // Both end at the same moment: the call's.
  EXPECT_EQ(DeadlineIn(0), milliseconds(1000));
  EXPECT_EQ(DeadlineIn(1), milliseconds(1000));
}

TEST_F(RetryLoopTest, NoTimeoutMeansNoDeadline) {
  ASSERT_OK(Run(Settings(3), {absl::OkStatus()}));
  // gRPC's "never".
  EXPECT_GT(DeadlineIn(0), std::chrono::hours(24 * 365));
}

TEST_F(RetryLoopTest, AttemptTimeoutBoundsEachAttempt) {
  attempt_ms_ = 50;
  ASSERT_OK(Run(Settings(3, 1000, 50),
                {absl::DeadlineExceededError("slow"), absl::OkStatus()}));
  EXPECT_EQ(DeadlineIn(0), milliseconds(50));
  EXPECT_EQ(DeadlineIn(1), milliseconds(50 + 100 + 50));
}

TEST_F(RetryLoopTest, AttemptTimeoutNeverExceedsTheCalls) {
  ASSERT_OK(Run(Settings(3, 30, 50), {absl::OkStatus()}));
  EXPECT_EQ(DeadlineIn(0), milliseconds(30));
}

TEST_F(RetryLoopTest, DeadlineOfTheCallIsNotRepeated) {
  const auto result =
      Run(Settings(3, 1000), {absl::DeadlineExceededError("slow")});
  EXPECT_STATUS(result, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(attempts_, 1);
}

TEST_F(RetryLoopTest, WaitThatWouldPassTheDeadlineEndsTheCall) {
  attempt_ms_ = 10;
  const auto result = Run(Settings(100, 250), {absl::UnavailableError("x")});
  EXPECT_STATUS_CONTAINS(result, absl::StatusCode::kUnavailable,
                         "x (3 attempts; the call's 250 ms are used up)");
  EXPECT_EQ(clock_.sleeps.size(), 2u);
}

absl::Status AskingForDelay(int seconds) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(seconds);
  absl::Status status = absl::UnavailableError("busy");
  status.SetPayload(kRetryInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

TEST_F(RetryLoopTest, LongerDelayAskedForByTheServerIsObeyed) {
  ASSERT_OK(Run(Settings(3), {AskingForDelay(2), absl::OkStatus()}));
  EXPECT_EQ(clock_.sleeps, std::vector<milliseconds>{milliseconds(2000)});
}

TEST_F(RetryLoopTest, DelayAskedForBeyondTheDeadlineEndsTheCall) {
  const auto result = Run(Settings(3, 1000), {AskingForDelay(2)});
  EXPECT_STATUS(result, absl::StatusCode::kUnavailable);
  EXPECT_TRUE(clock_.sleeps.empty());
}

TEST(ServerRetryDelayTest, HostileNumbersAreBounded) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(INT64_MAX);
  info.mutable_retry_delay()->set_nanos(INT32_MIN);
  absl::Status status = absl::UnavailableError("busy");
  status.SetPayload(kRetryInfoUrl, absl::Cord(info.SerializeAsString()));
  EXPECT_EQ(ServerRetryDelay(status), std::chrono::hours(24));
  status.SetPayload(kRetryInfoUrl, absl::Cord("\xff\xff"));
  EXPECT_EQ(ServerRetryDelay(status), std::nullopt);
}

}  // namespace
}  // namespace lsmkv::client
