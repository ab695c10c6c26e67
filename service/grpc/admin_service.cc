#include "service/grpc/admin_service.h"

#include <memory>
#include <utility>

#include "service/core/verify_stream.h"

namespace lsmkv::service {
namespace {

constexpr int kWorkerThreads = 2;
constexpr size_t kQueuedMax = 64;

// How often streams are looked at that nobody reads.
constexpr std::chrono::milliseconds kWatchInterval{1'000};

using VerifyReactor = StreamReactor<v1::VerifyResponse>;

// The request lives as long as the call.
VerifyReactor::Opener OpenVerify(KvCore* core,
                                 const v1::VerifyRequest* request) {
  return
      [core, request](
          const CallContext& context) -> absl::StatusOr<VerifyReactor::Source> {
        auto started = core->Verify(context, request->bytes_per_second());
        if (!started.ok()) return started.status();
        return [verify = std::shared_ptr<VerifyStream>(*std::move(started))](
                   const CallContext& call,
                   v1::VerifyResponse* message) -> absl::StatusOr<bool> {
          auto event = verify->Next(call);
          if (!event.ok()) return event.status();
          if (!event->has_value()) return false;
          FillVerify(**event, message);
          return true;
        };
      };
}

}  // namespace

AdminServiceImpl::AdminServiceImpl(const RpcEnvironment& environment,
                                   const ServerInfo& info)
    : environment_(environment),
      info_(info),
      workers_(kWorkerThreads, kQueuedMax),
      watch_(kWatchInterval) {
  streams_.workers = &workers_;
  streams_.watch = &watch_;
}

void AdminServiceImpl::StopStreamsAt(
    std::chrono::steady_clock::time_point time) {
  streams_.StopAt(time);
}

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

grpc::ServerWriteReactor<v1::VerifyResponse>* AdminServiceImpl::Verify(
    grpc::CallbackServerContext* context, const v1::VerifyRequest* request) {
  return new VerifyReactor(environment_, RpcId::kVerify, &streams_, context,
                           OpenVerify(environment_.core, request));
}

}  // namespace lsmkv::service
