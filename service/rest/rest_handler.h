// RestHandler: the REST API as a function from request to response. It knows no
// socket; service/http puts it behind one.
//
// Threads: safe for concurrent use. Handle() may block on reads and scans, and
// on a store that is too busy to take a write, but not until a write is done.

#ifndef LSMKV_SERVICE_REST_REST_HANDLER_H_
#define LSMKV_SERVICE_REST_REST_HANDLER_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

#include "service/core/kv_core.h"
#include "service/rest/http_message.h"
#include "service/rest/routes.h"
#include "service/rest/rpc_bindings.h"

namespace lsmkv::service {

class RestHandler {
 public:
  // `core` is borrowed and must outlive the handler and every answer that is
  // not yet complete. INTERNAL if an RPC cannot be mapped.
  static absl::StatusOr<std::unique_ptr<RestHandler>> Create(
      KvCore* core, const ServerInfo& info);

  // Answers every request; what goes wrong becomes an error response.
  //
  // A Grpc-Timeout header ("100m", "5S") sets the deadline.
  void Handle(HttpRequest request, HttpDone done) const;

  // The largest body that a request with this head may have.
  uint64_t BodyBytesMax(std::string_view method, std::string_view target) const;

  const RouteTable& routes() const { return routes_; }

 private:
  explicit RestHandler(KvCore* core) : core_(core) {}

  KvCore* const core_;
  RouteTable routes_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_REST_HANDLER_H_
