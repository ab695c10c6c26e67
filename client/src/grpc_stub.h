// The Stub over a real gRPC channel. The only place in the client that makes
// one.

#ifndef LSMKV_CLIENT_SRC_GRPC_STUB_H_
#define LSMKV_CLIENT_SRC_GRPC_STUB_H_

#include <memory>

#include "client/src/stub.h"
#include "lsmkv/client/options.h"

namespace lsmkv::client {

// Does not connect yet.
std::shared_ptr<Stub> MakeGrpcStub(const ConnectionOptions& options);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_GRPC_STUB_H_
