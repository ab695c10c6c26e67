// RouteTable: which handler answers which method and path.

#ifndef LSMKV_SERVICE_REST_ROUTES_H_
#define LSMKV_SERVICE_REST_ROUTES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/core/kv_core.h"
#include "service/rest/http_message.h"
#include "service/rest/url.h"

namespace lsmkv::service {

// What the variables of a path template stood for, decoded.
using PathVariables = std::map<std::string, std::string, std::less<>>;

// A request that has found its route. `done` must be called exactly once.
struct RestCall {
  HttpRequest request;
  Url url;
  PathVariables variables;
  CallContext context;
  HttpDone done;
};

struct Route {
  std::string method;
  // "/keys/{key}": a variable stands for one whole segment, which may be empty.
  std::string path_template;
  // The route only answers requests with this query parameter; empty: all.
  std::string required_parameter;
  uint64_t body_bytes_max = 0;
  // Whether the operation may outlast the default deadline of a call.
  bool long_call = false;
  std::function<void(RestCall call)> handler;
};

// Threads: safe for concurrent reads.
class RouteTable {
 public:
  void Add(Route route);

  struct Match {
    // Null: no route.
    const Route* route = nullptr;
    PathVariables variables;
    // Without a route: the methods that the path has; none if it is unknown.
    std::vector<std::string> allowed_methods;
  };
  // The first route added that fits. HEAD is answered by the route of GET.
  Match Find(std::string_view method, const Url& url) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  // Of each route: the segments of its template.
  std::vector<std::vector<std::string>> segments_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_ROUTES_H_
