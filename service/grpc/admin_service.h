// AdminService over gRPC. Flush, Compact and Verify may take long and run on
// threads of their own, so that they hold up neither reads nor each other.

#ifndef LSMKV_SERVICE_GRPC_ADMIN_SERVICE_H_
#define LSMKV_SERVICE_GRPC_ADMIN_SERVICE_H_

#include <chrono>

#include "lsmkv/v1/admin.grpc.pb.h"
#include "service/grpc/messages.h"
#include "service/grpc/rpc_call.h"
#include "service/grpc/rpc_workers.h"
#include "service/grpc/stream_reactor.h"
#include "service/grpc/stream_watch.h"

namespace lsmkv::service {

class AdminServiceImpl : public v1::AdminService::CallbackService {
 public:
  AdminServiceImpl(const RpcEnvironment& environment, const ServerInfo& info);

  grpc::ServerUnaryReactor* GetStats(grpc::CallbackServerContext* context,
                                     const v1::GetStatsRequest* request,
                                     v1::GetStatsResponse* response) override;
  grpc::ServerUnaryReactor* GetLimits(grpc::CallbackServerContext* context,
                                      const v1::GetLimitsRequest* request,
                                      v1::GetLimitsResponse* response) override;
  grpc::ServerUnaryReactor* Flush(grpc::CallbackServerContext* context,
                                  const v1::FlushRequest* request,
                                  v1::FlushResponse* response) override;
  grpc::ServerUnaryReactor* Compact(grpc::CallbackServerContext* context,
                                    const v1::CompactRequest* request,
                                    v1::CompactResponse* response) override;
  grpc::ServerWriteReactor<v1::VerifyResponse>* Verify(
      grpc::CallbackServerContext* context,
      const v1::VerifyRequest* request) override;

  // As of KvServiceImpl.
  void StopStreamsAt(std::chrono::steady_clock::time_point time);

 private:
  const RpcEnvironment environment_;
  const ServerInfo info_;
  RpcWorkers workers_;
  StreamWatch watch_;
  StreamEnvironment streams_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_ADMIN_SERVICE_H_
