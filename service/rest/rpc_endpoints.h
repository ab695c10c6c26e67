// Every RPC of the API as an HTTP endpoint, mapped as grpc-gateway maps it:
// method and path come from the google.api.http annotations in the protos,
// which are read from the generated descriptors, bodies are proto3 JSON.
//
// A streaming RPC answers with one {"result":{…}} per line and, if it fails
// after the first, a last line {"error":{…}}.

#ifndef LSMKV_SERVICE_REST_RPC_ENDPOINTS_H_
#define LSMKV_SERVICE_REST_RPC_ENDPOINTS_H_

#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

#include "service/core/types.h"
#include "service/rest/routes.h"
#include "service/rest/rpc_bindings.h"

namespace lsmkv::service {

// Every RPC of the API, as the protos declare them.
std::vector<const google::protobuf::MethodDescriptor*> ApiMethods();

// INTERNAL if an RPC has no binding, or an annotation that is not supported:
// path variables, query parameters, and bodies that are only a part of the
// request.
absl::Status AddRpcRoutes(const RpcBindings& bindings, const Limits& limits,
                          RouteTable* table);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_RPC_ENDPOINTS_H_
