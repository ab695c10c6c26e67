// RetryLoop: one call, as many attempts as it may have.
//
// Every attempt gets a fresh grpc::ClientContext whose deadline is what is
// left of the call, or the attempt's own if that is earlier. The loop ends
// with success, an error that must not or need not be repeated, a policy that
// says no, or a deadline that the next wait would pass.
//
// An error after more than one attempt says how many there were and why there
// were no more.

#ifndef LSMKV_CLIENT_SRC_RETRY_LOOP_H_
#define LSMKV_CLIENT_SRC_RETRY_LOOP_H_

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <grpcpp/client_context.h>

#include "client/src/clock.h"
#include "client/src/idempotency.h"

namespace lsmkv::client {

// The state of one call. One thread at a time. `clock` must outlive it.
class RetryState {
 public:
  RetryState(CallSettings settings, Clock* clock);

  // Sets the deadline of the next attempt.
  void BeginAttempt(grpc::ClientContext* context);

  // After a failed attempt: waits, and returns true, if another should follow.
  bool WaitForNextAttempt(const absl::Status& status);

  // `status` with the number of attempts and why there were no more.
  absl::Status Explain(const absl::Status& status) const;

 private:
  // What is left of the call; unset if it has no deadline.
  std::optional<std::chrono::milliseconds> Remaining() const;

  CallSettings settings_;
  Clock* const clock_;
  const std::chrono::steady_clock::time_point start_;
  int attempts_ = 0;
  bool cut_by_attempt_timeout_ = false;
  std::string end_reason_;
};

// Runs `attempt(grpc::ClientContext&)`, which returns absl::StatusOr<T>.
template <typename Attempt>
auto RetryLoop(CallSettings settings, Clock* clock, Attempt attempt)
    -> decltype(attempt(std::declval<grpc::ClientContext&>())) {
  RetryState state(std::move(settings), clock);
  while (true) {
    grpc::ClientContext context;
    state.BeginAttempt(&context);
    auto result = attempt(context);
    if (result.ok()) return result;
    if (!state.WaitForNextAttempt(result.status())) {
      return state.Explain(result.status());
    }
  }
}

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_RETRY_LOOP_H_
