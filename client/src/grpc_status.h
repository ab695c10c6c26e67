// From gRPC's status to ours. The only place where one becomes the other.

#ifndef LSMKV_CLIENT_SRC_GRPC_STATUS_H_
#define LSMKV_CLIENT_SRC_GRPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpc/impl/codegen/connectivity_state.h"
#include <grpcpp/support/status.h>

namespace lsmkv::client {

// Same code and message; the details of the server's google.rpc.Status become
// payloads. A failure to connect to `endpoint` gets a message that says so and
// the code UNAVAILABLE, also where the deadline came before gRPC gave up
// connecting: `state`, the channel's after the call, tells.
absl::Status FromGrpcStatus(const grpc::Status& status,
                            const std::string& endpoint,
                            grpc_connectivity_state state);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_GRPC_STATUS_H_
