// RpcObserver: what the gRPC services tell of every call, whether it succeeds
// or not. The metrics implement it; a test can record the calls instead.
//
// Threads: called from any thread, must be cheap and must not block.

#ifndef LSMKV_SERVICE_OBSERVABILITY_RPC_OBSERVER_H_
#define LSMKV_SERVICE_OBSERVABILITY_RPC_OBSERVER_H_

#include <cstddef>
#include <string_view>

namespace lsmkv::service {

// One RPC of one service, as it is named in metrics and logs.
struct RpcMethod {
  std::string_view type;     // "unary", "server_stream"
  std::string_view service;  // full name, "lsmkv.v1.KvService"
  std::string_view method;   // "Put"
};

// A method is named by its place in the list that the observer was made with.
class RpcObserver {
 public:
  virtual ~RpcObserver() = default;
  virtual void OnStarted(size_t method) = 0;
  virtual void OnReceived(size_t method) = 0;
  virtual void OnSent(size_t method) = 0;
  // Once for every OnStarted. `code` is canonical, 0 to 16.
  virtual void OnHandled(size_t method, int code, double seconds) = 0;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_RPC_OBSERVER_H_
