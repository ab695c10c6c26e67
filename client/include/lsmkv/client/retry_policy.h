// When to try a failed call again, and how long to wait before.
//
// Both are prototypes: each call clones them, so an instance keeps the state
// of one call and needs no lock. The retry loop asks them only about failures
// it may repeat at all (client/README.md has the table), and never goes past
// the call's deadline whatever they answer.

#ifndef LSMKV_CLIENT_RETRY_POLICY_H_
#define LSMKV_CLIENT_RETRY_POLICY_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>

#include "absl/status/status.h"

namespace lsmkv::client {

class RetryPolicy {
 public:
  virtual ~RetryPolicy() = default;

  // A fresh policy with the same settings and no failures yet. Called from
  // any thread.
  virtual std::unique_ptr<RetryPolicy> Clone() const = 0;

  // Notes the failure of an attempt, `elapsed` after the call began. True if
  // another attempt should follow.
  virtual bool OnFailure(const absl::Status& status,
                         std::chrono::milliseconds elapsed) = 0;

  // True for errors that may pass by themselves: UNAVAILABLE.
  static bool IsTransient(const absl::Status& status) {
    return absl::IsUnavailable(status);
  }
};

// Tolerates so many transient failures: n means up to n + 1 attempts.
class LimitedErrorCountRetryPolicy : public RetryPolicy {
 public:
  explicit LimitedErrorCountRetryPolicy(int failures_max)
      : failures_max_(failures_max) {}

  std::unique_ptr<RetryPolicy> Clone() const override;
  bool OnFailure(const absl::Status& status,
                 std::chrono::milliseconds elapsed) override;

 private:
  const int failures_max_;
  int failures_ = 0;
};

// Tries again after transient failures until so much time has passed.
class LimitedTimeRetryPolicy : public RetryPolicy {
 public:
  explicit LimitedTimeRetryPolicy(std::chrono::milliseconds elapsed_max)
      : elapsed_max_(elapsed_max) {}

  std::unique_ptr<RetryPolicy> Clone() const override;
  bool OnFailure(const absl::Status& status,
                 std::chrono::milliseconds elapsed) override;

 private:
  const std::chrono::milliseconds elapsed_max_;
};

class BackoffPolicy {
 public:
  virtual ~BackoffPolicy() = default;

  // A fresh policy with the same settings. Called from any thread.
  virtual std::unique_ptr<BackoffPolicy> Clone() const = 0;

  // How long to wait before the next attempt. A longer delay that the server
  // asks for (google.rpc.RetryInfo) is obeyed instead.
  virtual std::chrono::milliseconds NextDelay() = 0;
};

// Delays that grow by `multiplier` from `initial` up to `maximum`, each drawn
// between half of itself and itself, so that many clients do not come back at
// the same moment.
class ExponentialBackoffPolicy : public BackoffPolicy {
 public:
  // REQUIRES: 0 <= initial <= maximum, multiplier >= 1.
  ExponentialBackoffPolicy(std::chrono::milliseconds initial,
                           std::chrono::milliseconds maximum,
                           double multiplier);

  std::unique_ptr<BackoffPolicy> Clone() const override;
  std::chrono::milliseconds NextDelay() override;

 private:
  const std::chrono::milliseconds initial_;
  const std::chrono::milliseconds maximum_;
  const double multiplier_;
  double next_ms_;
  std::minstd_rand random_;
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_RETRY_POLICY_H_
