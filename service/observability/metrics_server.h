// MetricsServer: the HTTP listener of the operator. /metrics for Prometheus,
// /livez says that the process answers, /readyz whether it serves (503 and the
// reason where it does not) and whether it knows of damage. Read-only, and a
// port of its own.
//
// Threads: owns a few; every method may be called from any thread.

#ifndef LSMKV_SERVICE_OBSERVABILITY_METRICS_SERVER_H_
#define LSMKV_SERVICE_OBSERVABILITY_METRICS_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::service {

class MetricsServer {
 public:
  struct Handlers {
    std::function<std::string()> metrics;  // the text to show
    std::function<absl::Status()> ready;   // OK, or why not
    // What is wrong while it serves all the same; empty: nothing.
    std::function<std::string()> degraded = nullptr;
  };

  // Listens on an IPv4 address, port 0 for a free port, and calls the handlers
  // on its own threads until it is destroyed. UNAVAILABLE, naming the address,
  // where it cannot.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, Handlers handlers);
  ~MetricsServer();

  // HOST:PORT with the port that was taken.
  std::string address() const;

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_METRICS_SERVER_H_
