#include "lsmkv/client/retry_policy.h"

#include <algorithm>

namespace lsmkv::client {

std::unique_ptr<RetryPolicy> LimitedErrorCountRetryPolicy::Clone() const {
  return std::make_unique<LimitedErrorCountRetryPolicy>(failures_max_);
}

bool LimitedErrorCountRetryPolicy::OnFailure(const absl::Status& status,
                                             std::chrono::milliseconds) {
  return IsTransient(status) && ++failures_ <= failures_max_;
}

std::unique_ptr<RetryPolicy> LimitedTimeRetryPolicy::Clone() const {
  return std::make_unique<LimitedTimeRetryPolicy>(elapsed_max_);
}

bool LimitedTimeRetryPolicy::OnFailure(const absl::Status& status,
                                       std::chrono::milliseconds elapsed) {
  return IsTransient(status) && elapsed < elapsed_max_;
}

ExponentialBackoffPolicy::ExponentialBackoffPolicy(
    std::chrono::milliseconds initial, std::chrono::milliseconds maximum,
    double multiplier)
    : initial_(initial),
      maximum_(maximum),
      multiplier_(multiplier),
      next_ms_(static_cast<double>(initial.count())),
      random_(std::random_device{}()) {}

std::unique_ptr<BackoffPolicy> ExponentialBackoffPolicy::Clone() const {
  return std::make_unique<ExponentialBackoffPolicy>(initial_, maximum_,
                                                    multiplier_);
}

std::chrono::milliseconds ExponentialBackoffPolicy::NextDelay() {
  const double upper_ms =
      std::min(next_ms_, static_cast<double>(maximum_.count()));
  next_ms_ = upper_ms * multiplier_;
  std::uniform_real_distribution<double> draw(upper_ms / 2, upper_ms);
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(draw(random_)));
}

}  // namespace lsmkv::client
