// Errors of the service: a canonical code, a message, and a reason that
// programs can rely on. The reason rides on the absl::Status as a payload;
// each protocol turns it into its own google.rpc.ErrorInfo.

#ifndef LSMKV_SERVICE_CORE_ERROR_H_
#define LSMKV_SERVICE_CORE_ERROR_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::service {

// ErrorInfo.domain of every error.
inline constexpr std::string_view kErrorDomain = "lsmkv.v1";

struct ErrorDetail {
  std::string reason;                           // UPPER_SNAKE, never empty
  std::map<std::string, std::string> metadata;  // lowerCamel keys
};

absl::Status MakeError(absl::StatusCode code, std::string_view reason,
                       std::string_view message,
                       std::map<std::string, std::string> metadata = {});

// The detail of an error; one made from its code where it carries none (for
// example KEY_NOT_FOUND, DATA_LOSS, DEADLINE_EXCEEDED).
ErrorDetail DetailOf(const absl::Status& status);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_ERROR_H_
