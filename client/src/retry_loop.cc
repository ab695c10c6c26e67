#include "client/src/retry_loop.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "client/src/status_payload.h"

namespace lsmkv::client {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

RetryState::RetryState(CallSettings settings, Clock* clock)
    : settings_(std::move(settings)), clock_(clock), start_(clock->Now()) {}

std::optional<milliseconds> RetryState::Remaining() const {
  if (settings_.timeout <= milliseconds(0)) return std::nullopt;
  return settings_.timeout -
         duration_cast<milliseconds>(clock_->Now() - start_);
}

void RetryState::BeginAttempt(grpc::ClientContext* context) {
  ++attempts_;
  std::optional<milliseconds> limit = Remaining();
  const milliseconds own = settings_.attempt_timeout;
  cut_by_attempt_timeout_ =
      own > milliseconds(0) && (!limit.has_value() || own < *limit);
  if (cut_by_attempt_timeout_) limit = own;
  if (limit.has_value()) context->set_deadline(clock_->WallNow() + *limit);
}

bool RetryState::WaitForNextAttempt(const absl::Status& status) {
  if (!settings_.may_retry) {
    end_reason_ = "not retried";
    return false;
  }
  // The attempt's own deadline is not the caller's.
  const absl::Status judged =
      cut_by_attempt_timeout_ && absl::IsDeadlineExceeded(status)
          ? absl::UnavailableError(status.message())
          : status;
  const auto elapsed = duration_cast<milliseconds>(clock_->Now() - start_);
  if (!settings_.retry_policy->OnFailure(judged, elapsed)) {
    end_reason_ = RetryPolicy::IsTransient(judged) ? "retry limit reached"
                                                   : "not a passing error";
    return false;
  }
  const milliseconds delay =
      std::max(settings_.backoff_policy->NextDelay(),
               ServerRetryDelay(status).value_or(milliseconds(0)));
  const std::optional<milliseconds> remaining = Remaining();
  if (remaining.has_value() && delay >= *remaining) {
    end_reason_ = absl::StrCat("the call's ", settings_.timeout.count(),
                               " ms are used up");
    return false;
  }
  clock_->SleepFor(delay);
  return true;
}

absl::Status RetryState::Explain(const absl::Status& status) const {
  if (attempts_ <= 1) return status;
  return WithMessage(status, absl::StrCat(status.message(), " (", attempts_,
                                          " attempts; ", end_reason_, ")"));
}

}  // namespace lsmkv::client
