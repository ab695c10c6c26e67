// From gRPC's status to ours. The only place where one becomes the other.

#ifndef LSMKV_CLIENT_SRC_GRPC_STATUS_H_
#define LSMKV_CLIENT_SRC_GRPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

namespace lsmkv::client {

// Same code and message; the details of the server's google.rpc.Status become
// payloads. A failure to connect to `endpoint` gets a message that says so and
// the code UNAVAILABLE, also where the deadline came before gRPC gave up
// connecting, as far as `never_connected` tells. Only where gRPC itself says
// that there was no connection is it a connect error (IsConnectError): one
// that came and went in the time of the call leaves no trace.
absl::Status FromGrpcStatus(const grpc::Status& status,
                            const std::string& endpoint, bool never_connected);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_GRPC_STATUS_H_
