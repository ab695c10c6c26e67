// Metrics: everything that /metrics shows. It observes both protocols and asks
// the store for its numbers when it is scraped.
//
// Every gRPC series, of every method and every code, is there at zero from the
// start. No label takes its value from a key or a path.
//
// Threads: safe for concurrent use.

#ifndef LSMKV_SERVICE_OBSERVABILITY_METRICS_H_
#define LSMKV_SERVICE_OBSERVABILITY_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsmkv/engine/stats.h"
#include "service/core/scrubber.h"
#include "service/observability/rest_observer.h"
#include "service/observability/rpc_observer.h"

namespace lsmkv::service {

// "OK", "Canceled", ...: codes as they are spelled in grpc_code labels.
std::string_view GrpcCodeLabel(int code);

class Metrics : public RpcObserver, public RestObserver {
 public:
  // `methods` gives the methods their numbers; `version` is the build's.
  Metrics(const std::vector<RpcMethod>& methods, std::string_view version);
  ~Metrics() override;

  void OnStarted(size_t method) override;
  void OnReceived(size_t method) override;
  void OnSent(size_t method) override;
  void OnHandled(size_t method, int code, double seconds) override;

  void OnRequest(std::string_view route_template, std::string_view method,
                 int status, double seconds) override;

  // Where the lsmkv_engine_ families come from; null takes them away. On
  // return the source before is not running and will not be called again.
  void SetStatsSource(std::function<engine::Stats()> source);

  // The same for the lsmkv_scrub_ families.
  void SetScrubSource(std::function<ScrubStats()> source);

  // The Prometheus text format, version 0.0.4.
  std::string Render();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_METRICS_H_
