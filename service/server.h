// Server: all parts of lsmkvd, started in order and ended in reverse.
//
//   metrics listener -> store -> core -> gRPC -> REST -> scrubber -> healthy
//
// The metrics listener comes first, so that /livez and /readyz answer while a
// store recovers. Health follows the store: once an error in the background
// has stopped writes, KvService is NOT_SERVING and /readyz is 503. Damage that
// a scrub found shows in /readyz, which stays 200: all other data is served.

#ifndef LSMKV_SERVICE_SERVER_H_
#define LSMKV_SERVICE_SERVER_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/logger.h"
#include "lsmkv/engine/mutex.h"
#include "service/config/server_config.h"
#include "service/core/engine_store.h"
#include "service/core/kv_core.h"
#include "service/core/scrubber.h"
#include "service/grpc/grpc_server.h"
#include "service/http/rest_server.h"
#include "service/observability/logger.h"
#include "service/observability/metrics.h"
#include "service/observability/metrics_server.h"

namespace lsmkv::service {

class Server : private engine::EventListener, private ScrubListener {
 public:
  // Serves when it returns. `logger` is borrowed. Errors name what failed: the
  // address that is in use, the directory that could not be opened; DATA_LOSS
  // where the store is damaged.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const ServerConfig& config, Logger* logger);
  // Shuts down at once if Shutdown was not called.
  ~Server() override;

  // "ready grpc=HOST:PORT rest=HOST:PORT metrics=HOST:PORT", no newline.
  std::string ReadyLine() const;

  // Says NOT_SERVING, lets calls in flight end for at most `timeout`, then
  // cancels them, and closes the store. Idempotent; the error is the store's.
  absl::Status Shutdown(std::chrono::milliseconds timeout);

 private:
  explicit Server(Logger* logger);

  absl::Status StartParts(const ServerConfig& config);
  absl::Status StartMetrics(const ServerConfig& config);
  absl::Status OpenStore(const ServerConfig& config);
  absl::Status StartProtocols(const ServerConfig& config);
  void StartScrubber(const ServerConfig& config);
  void StopScrubber() ABSL_LOCKS_EXCLUDED(mu_);

  // On an engine thread.
  void OnBackgroundError(const absl::Status& error) override;
  void OnWritesResumed() override;
  // On the scrubber's thread.
  void OnScrubFinding(const engine::VerifyFinding& finding) override;
  void OnScrubPass(const absl::Status& status,
                   const engine::VerifyProgress& progress) override;
  // What the scrubber says of damage; empty: nothing.
  std::string Damage() ABSL_LOCKS_EXCLUDED(mu_);
  // OK while calls are served; the reason where they are not.
  absl::Status Readiness();
  void UpdateReadinessLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Logger* const logger_;

  // In the order in which they are started.
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<MetricsServer> metrics_server_;
  std::unique_ptr<EngineStore> store_;
  std::unique_ptr<KvCore> core_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<RestServer> rest_;
  std::unique_ptr<Scrubber> scrubber_;

  // Guards also the coming and going of grpc_ and scrubber_, which threads of
  // the engine and of the metrics listener may use at any time.
  engine::Mutex mu_;
  bool started_ ABSL_GUARDED_BY(mu_) = false;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  // OK, or what the engine said last of why writes fail.
  absl::Status writes_ ABSL_GUARDED_BY(mu_);
  absl::Status readiness_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_SERVER_H_
