// RpcBindings: what each RPC of the API does, by its full name, on messages
// without a type. A gateway needs nothing else to serve every RPC.

#ifndef LSMKV_SERVICE_REST_RPC_BINDINGS_H_
#define LSMKV_SERVICE_REST_RPC_BINDINGS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

#include "service/core/kv_core.h"
#include "service/grpc/messages.h"

namespace lsmkv::service {

using MessagePtr = std::unique_ptr<google::protobuf::Message>;
// Called exactly once, on any thread.
using RpcDone = absl::AnyInvocable<void(absl::StatusOr<MessagePtr>) &&>;

// The messages of a streaming RPC; null at the end. One thread at a time.
using MessageStream =
    std::function<absl::StatusOr<MessagePtr>(const CallContext& context)>;

// One of the two functions is set. The request must be of the RPC's type, and
// is not needed after the function has returned.
struct RpcBinding {
  std::function<void(const CallContext& context,
                     const google::protobuf::Message& request, RpcDone done)>
      unary;
  std::function<absl::StatusOr<MessageStream>(
      const CallContext& context, const google::protobuf::Message& request)>
      stream;
  // Whether it may outlast the default deadline of a call.
  bool long_call = false;
};

// Keys are full names: "lsmkv.v1.KvService.Put". `core` must outlive the
// bindings.
using RpcBindings = std::map<std::string, RpcBinding, std::less<>>;
RpcBindings MakeRpcBindings(KvCore* core, const ServerInfo& info);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_RPC_BINDINGS_H_
