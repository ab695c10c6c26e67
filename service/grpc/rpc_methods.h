// The RPCs of this server and their numbers, by which observers know them.

#ifndef LSMKV_SERVICE_GRPC_RPC_METHODS_H_
#define LSMKV_SERVICE_GRPC_RPC_METHODS_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "service/observability/rpc_observer.h"

namespace lsmkv::service {

inline constexpr std::string_view kKvServiceName = "lsmkv.v1.KvService";
inline constexpr std::string_view kAdminServiceName = "lsmkv.v1.AdminService";

enum class RpcId : size_t {
  kPut,
  kGet,
  kDelete,
  kBatchGet,
  kBatchWrite,
  kDeleteRange,
  kScan,
  kStreamScan,
  kGetStats,
  kGetLimits,
  kFlush,
  kCompact,
  kVerify,
};

// In the order of RpcId.
inline std::vector<RpcMethod> AllRpcMethods() {
  return {{"unary", kKvServiceName, "Put"},
          {"unary", kKvServiceName, "Get"},
          {"unary", kKvServiceName, "Delete"},
          {"unary", kKvServiceName, "BatchGet"},
          {"unary", kKvServiceName, "BatchWrite"},
          {"unary", kKvServiceName, "DeleteRange"},
          {"unary", kKvServiceName, "Scan"},
          {"server_stream", kKvServiceName, "StreamScan"},
          {"unary", kAdminServiceName, "GetStats"},
          {"unary", kAdminServiceName, "GetLimits"},
          {"unary", kAdminServiceName, "Flush"},
          {"unary", kAdminServiceName, "Compact"},
          {"server_stream", kAdminServiceName, "Verify"}};
}

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_RPC_METHODS_H_
