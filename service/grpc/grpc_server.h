// GrpcServer: the gRPC listener with KvService, AdminService, the standard
// health service and reflection.
//
// Threads: gRPC's own; every method may be called from any thread.

#ifndef LSMKV_SERVICE_GRPC_GRPC_SERVER_H_
#define LSMKV_SERVICE_GRPC_GRPC_SERVER_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "service/core/kv_core.h"
#include "service/grpc/messages.h"
#include "service/observability/logger.h"
#include "service/observability/rpc_observer.h"

namespace lsmkv::service {

struct GrpcServerOptions {
  std::string listen = "127.0.0.1:50051";
  ServerInfo info;
  int worker_threads = 4;
};

class GrpcServer {
 public:
  // Listens and answers; health says NOT_SERVING until SetServing. What is
  // passed is borrowed until the server is destroyed. UNAVAILABLE, naming the
  // address, where it cannot listen.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const GrpcServerOptions& options, KvCore* core, RpcObserver* observer,
      Logger* logger);
  // Shuts down at once if Shutdown was not called.
  ~GrpcServer();

  // HOST:PORT with the port that was taken.
  std::string address() const;

  // What health says: of the server and KvService, and of AdminService, which
  // goes on while writes are stopped.
  void SetServing(bool kv, bool admin);

  // Takes no new calls, and waits for those in flight until `timeout`; then
  // they are cancelled. Idempotent.
  void Shutdown(std::chrono::milliseconds timeout);

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_GRPC_SERVER_H_
