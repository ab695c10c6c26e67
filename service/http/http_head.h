// Heads of HTTP/1 messages: what a request's may not say, and how a response's
// is written.

#ifndef LSMKV_SERVICE_HTTP_HTTP_HEAD_H_
#define LSMKV_SERVICE_HTTP_HTTP_HEAD_H_

#include <cstddef>
#include <optional>
#include <string>

#include "service/rest/http_message.h"

namespace lsmkv::service {

// The answer to a request whose head is refused; nothing where it is fine. Both
// what is forbidden and what two readers could understand in different ways is
// refused: two lengths, a length and a transfer coding, two hosts.
//
// `version` is 10 for HTTP/1.0, 11 for HTTP/1.1.
std::optional<HttpResponse> CheckRequestHead(const HttpRequest& head,
                                             int version, size_t fields_max);

// How a response's body ends.
enum class BodyFraming {
  kLength,   // Content-Length
  kChunked,  // a chunk of no bytes
  kClose,    // the end of the connection
};

// Status line and header fields, with the empty line.
std::string FormatResponseHead(const HttpResponse& response,
                               BodyFraming framing, bool keep_alive);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_HTTP_HTTP_HEAD_H_
