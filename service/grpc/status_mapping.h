// absl::Status to grpc::Status, with one google.rpc.ErrorInfo in its details.

#ifndef LSMKV_SERVICE_GRPC_STATUS_MAPPING_H_
#define LSMKV_SERVICE_GRPC_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include <grpcpp/support/status.h>

namespace lsmkv::service {

// The code is kept, the message cut where it would not fit into a header. The
// details are a serialized google.rpc.Status (grpc-status-details-bin).
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_STATUS_MAPPING_H_
