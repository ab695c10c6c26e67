// What rides on an absl::Status of the client beside code and message. The
// payloads are an implementation detail: lsmkv/client/status.h reads them.

#ifndef LSMKV_CLIENT_SRC_STATUS_PAYLOAD_H_
#define LSMKV_CLIENT_SRC_STATUS_PAYLOAD_H_

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace lsmkv::client {

// The type URLs under which the details of google.rpc.Status arrive.
inline constexpr char kErrorInfoUrl[] =
    "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kRetryInfoUrl[] =
    "type.googleapis.com/google.rpc.RetryInfo";
// Marks a failure to connect.
inline constexpr char kConnectErrorUrl[] = "lsmkv.client/connect-error";

// The delay that the server asks for before another attempt, if it does.
std::optional<std::chrono::milliseconds> ServerRetryDelay(
    const absl::Status& status);

// `status` with another message and the same code and payloads.
absl::Status WithMessage(const absl::Status& status,
                         const std::string& message);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_STATUS_PAYLOAD_H_
