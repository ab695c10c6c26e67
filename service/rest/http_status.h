// The HTTP status of a canonical code, as grpc-gateway maps it.

#ifndef LSMKV_SERVICE_REST_HTTP_STATUS_H_
#define LSMKV_SERVICE_REST_HTTP_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::service {

int HttpStatusOf(absl::StatusCode code);

// The reason phrase of a status ("Not Found"); "Unknown" for others than the
// server sends.
std::string_view HttpReasonPhrase(int status);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_HTTP_STATUS_H_
