#include "client/src/status_payload.h"

#include <algorithm>
#include <cstdint>

#include "google/rpc/error_details.pb.h"

namespace lsmkv::client {

std::optional<std::chrono::milliseconds> ServerRetryDelay(
    const absl::Status& status) {
  const auto payload = status.GetPayload(kRetryInfoUrl);
  if (!payload.has_value()) return std::nullopt;
  google::rpc::RetryInfo info;
  if (!info.ParseFromString(std::string(*payload))) return std::nullopt;
  if (!info.has_retry_delay()) return std::nullopt;
  // Bounded before the multiplication: the number came over the network.
  const int64_t seconds =
      std::clamp<int64_t>(info.retry_delay().seconds(), 0, 86400);
  const int64_t nanos =
      std::clamp<int64_t>(info.retry_delay().nanos(), 0, 999999999);
  return std::chrono::milliseconds(seconds * 1000 + nanos / 1000000);
}

absl::Status WithMessage(const absl::Status& status,
                         const std::string& message) {
  absl::Status result(status.code(), message);
  status.ForEachPayload(
      [&result](absl::string_view url, const absl::Cord& payload) {
        result.SetPayload(url, payload);
      });
  return result;
}

}  // namespace lsmkv::client
