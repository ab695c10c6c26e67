// What every RPC has in common: its deadline, its cancellation, and that it is
// observed and logged exactly once, whatever becomes of it.

#ifndef LSMKV_SERVICE_GRPC_RPC_CALL_H_
#define LSMKV_SERVICE_GRPC_RPC_CALL_H_

#include <atomic>
#include <chrono>

#include "absl/status/status.h"
#include <grpcpp/grpcpp.h>

#include "service/core/kv_core.h"
#include "service/grpc/rpc_methods.h"
#include "service/grpc/status_mapping.h"
#include "service/observability/logger.h"
#include "service/observability/rpc_observer.h"

namespace lsmkv::service {

// What the calls work with; borrowed for as long as the server lives.
struct RpcEnvironment {
  KvCore* core = nullptr;
  RpcObserver* observer = nullptr;
  Logger* logger = nullptr;
};

// The caller's deadline on the steady clock; max() where it set none.
std::chrono::steady_clock::time_point DeadlineOf(
    const grpc::CallbackServerContext& context);

// Observes one call from its start to its Finish, which must come once.
class CallRecord {
 public:
  CallRecord(const RpcEnvironment& environment, RpcId id);
  void Received() { observer_->OnReceived(index()); }
  void Sent() { observer_->OnSent(index()); }
  // Counts the call, and logs it where the fault is the server's.
  void Finish(const absl::Status& status);

 private:
  size_t index() const { return static_cast<size_t>(id_); }

  RpcObserver* const observer_;
  Logger* const logger_;
  const RpcId id_;
  const std::chrono::steady_clock::time_point started_;
};

// One unary call. Makes itself, lives until gRPC is done with it.
template <typename Request, typename Response>
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(const RpcEnvironment& environment, RpcId id, bool long_call,
            grpc::CallbackServerContext* server_context,
            const Request* request_message, Response* response_message)
      : record_(environment, id),
        request_(request_message),
        response_(response_message) {
    record_.Received();
    context_.deadline =
        environment.core->DeadlineFor(DeadlineOf(*server_context), long_call);
    context_.cancelled = [this] {
      return cancelled_.load(std::memory_order_relaxed);
    };
  }

  const Request& request() const { return *request_; }
  Response* response() { return response_; }
  const CallContext& context() const { return context_; }

  // Ends the call; the object may be gone when this returns.
  void Done(const absl::Status& status) {
    if (status.ok()) record_.Sent();
    record_.Finish(status);
    Finish(ToGrpcStatus(status));
  }

 private:
  // A flag that is only polled: nothing else is published with it.
  void OnCancel() override {
    cancelled_.store(true, std::memory_order_relaxed);
  }
  void OnDone() override { delete this; }

  CallRecord record_;
  CallContext context_;
  std::atomic<bool> cancelled_{false};
  const Request* const request_;
  Response* const response_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_RPC_CALL_H_
