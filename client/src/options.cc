#include "lsmkv/client/options.h"

#include <utility>

namespace lsmkv::client {
namespace {

template <typename T>
void Fill(T* field, const T& fallback) {
  if (!*field) *field = fallback;
}

// A set `false` must not look unset.
template <typename T>
void Fill(std::optional<T>* field, const std::optional<T>& fallback) {
  if (!field->has_value()) *field = fallback;
}

}  // namespace

CallOptions MergeOptions(CallOptions call, const CallOptions& fallback) {
  Fill(&call.timeout, fallback.timeout);
  Fill(&call.long_timeout, fallback.long_timeout);
  Fill(&call.attempt_timeout, fallback.attempt_timeout);
  Fill(&call.retry_policy, fallback.retry_policy);
  Fill(&call.backoff_policy, fallback.backoff_policy);
  Fill(&call.retry_writes, fallback.retry_writes);
  Fill(&call.durability, fallback.durability);
  return call;
}

const CallOptions& DefaultCallOptions() {
  using std::chrono::milliseconds;
  static const CallOptions* const defaults = new CallOptions{
      .timeout = std::chrono::seconds(10),
      .long_timeout = milliseconds(0),
      .attempt_timeout = milliseconds(0),
      .retry_policy = std::make_shared<LimitedErrorCountRetryPolicy>(3),
      .backoff_policy = std::make_shared<ExponentialBackoffPolicy>(
          milliseconds(100), milliseconds(5000), 2.0),
      .retry_writes = false,
      .durability = Durability::kServerDefault,
  };
  return *defaults;
}

}  // namespace lsmkv::client
