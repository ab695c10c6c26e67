// RestObserver: what a REST server tells of every request it has answered.
//
// The metrics implement it (service/observability/metrics.h); a test can
// record the calls instead.
//
// Threads: called from any thread, must be cheap and must not block.

#ifndef LSMKV_SERVICE_OBSERVABILITY_REST_OBSERVER_H_
#define LSMKV_SERVICE_OBSERVABILITY_REST_OBSERVER_H_

#include <string_view>

namespace lsmkv::service {

class RestObserver {
 public:
  virtual ~RestObserver() = default;
  // `route_template` is the template a route was declared with, such as
  // "/keys/{key}", never the path of a request; one fixed word where no route
  // matched. `method` is the HTTP method ("GET"); one fixed word for a method
  // that HTTP does not define. `status` is the HTTP status of the answer.
  virtual void OnRequest(std::string_view route_template,
                         std::string_view method, int status,
                         double seconds) = 0;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_REST_OBSERVER_H_
