#include "service/grpc/admin_service.h"

namespace lsmkv::service {
namespace {

constexpr int kWorkerThreads = 2;
constexpr size_t kQueuedMax = 64;

}  // namespace

AdminServiceImpl::AdminServiceImpl(const RpcEnvironment& environment,
                                   const ServerInfo& info)
    : environment_(environment),
      info_(info),
      workers_(kWorkerThreads, kQueuedMax) {}

grpc::ServerUnaryReactor* AdminServiceImpl::GetStats(
    grpc::CallbackServerContext* context, const v1::GetStatsRequest* request,
    v1::GetStatsResponse* response) {
  auto* call = new UnaryCall<v1::GetStatsRequest, v1::GetStatsResponse>(
      environment_, RpcId::kGetStats, false, context, request, response);
  FillStats(environment_.core->GetStats(), info_, response);
  call->Done(absl::OkStatus());
  return call;
}

grpc::ServerUnaryReactor* AdminServiceImpl::GetLimits(
    grpc::CallbackServerContext* context, const v1::GetLimitsRequest* request,
    v1::GetLimitsResponse* response) {
  auto* call = new UnaryCall<v1::GetLimitsRequest, v1::GetLimitsResponse>(
      environment_, RpcId::kGetLimits, false, context, request, response);
  FillLimits(environment_.core->limits(), response);
  call->Done(absl::OkStatus());
  return call;
}

grpc::ServerUnaryReactor* AdminServiceImpl::Flush(
    grpc::CallbackServerContext* context, const v1::FlushRequest* request,
    v1::FlushResponse* response) {
  auto* call = new UnaryCall<v1::FlushRequest, v1::FlushResponse>(
      environment_, RpcId::kFlush, true, context, request, response);
  KvCore* const core = environment_.core;
  absl::Status status = workers_.Submit(
      [core, call] { call->Done(core->Flush(call->context())); });
  if (!status.ok()) call->Done(status);
  return call;
}

grpc::ServerUnaryReactor* AdminServiceImpl::Compact(
    grpc::CallbackServerContext* context, const v1::CompactRequest* request,
    v1::CompactResponse* response) {
  auto* call = new UnaryCall<v1::CompactRequest, v1::CompactResponse>(
      environment_, RpcId::kCompact, true, context, request, response);
  KvCore* const core = environment_.core;
  absl::Status status = workers_.Submit([core, call] {
    call->Done(
        core->Compact(call->context(), RangeOf(call->request().range())));
  });
  if (!status.ok()) call->Done(status);
  return call;
}

}  // namespace lsmkv::service
