// Errors as grpc-gateway writes them:
//   {"code":5,"message":"…","details":[{"@type":"type.googleapis.com/
//    google.rpc.ErrorInfo","reason":"…","domain":"lsmkv.v1","metadata":{…}}]}

#ifndef LSMKV_SERVICE_REST_ERROR_BODY_H_
#define LSMKV_SERVICE_REST_ERROR_BODY_H_

#include <string>

#include "absl/status/status.h"

#include "service/rest/http_message.h"

namespace lsmkv::service {

// The body alone. Bytes of the message that are not UTF-8 become U+FFFD.
std::string ErrorBody(const absl::Status& error);

// A whole answer: the mapped status, the body, and Retry-After where trying
// again later makes sense.
HttpResponse ErrorResponse(const absl::Status& error);
// The same with an HTTP status that no code maps to.
HttpResponse ErrorResponse(int status, const absl::Status& error);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_ERROR_BODY_H_
