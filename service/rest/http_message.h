// HttpRequest and HttpResponse: one HTTP exchange, without a socket.

#ifndef LSMKV_SERVICE_REST_HTTP_MESSAGE_H_
#define LSMKV_SERVICE_REST_HTTP_MESSAGE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace lsmkv::service {

struct HttpHeader {
  std::string name;
  std::string value;
};
using HttpHeaders = std::vector<HttpHeader>;

// The value of the first header of that name, in whatever case; nothing where
// there is none. The view lives as long as `headers`.
std::optional<std::string_view> FindHeader(const HttpHeaders& headers,
                                           std::string_view name);

struct HttpRequest {
  std::string method;  // as received; methods are case-sensitive
  std::string target;  // as received: path and query, still percent-encoded
  HttpHeaders headers;
  std::string body;
  // True once nobody waits for the answer; null: somebody always does.
  std::function<bool()> cancelled;
};

// A body made while it is sent.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next bytes, never empty; nothing at the end. May block.
  virtual std::optional<std::string> Next() = 0;
};

struct HttpResponse {
  int status = 200;
  // Without Content-Length, Transfer-Encoding and Connection, which belong to
  // whoever sends it.
  HttpHeaders headers;
  std::string body;
  // The rest of the body, after `body`; null: none.
  std::unique_ptr<BodySource> stream;
  // The template of the route that answered ("/keys/{key}"), for metrics;
  // empty where none matched.
  std::string route;
};

// Called exactly once, on any thread.
using HttpDone = absl::AnyInvocable<void(HttpResponse) &&>;

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_HTTP_MESSAGE_H_
