#include "service/grpc/kv_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/grpc/messages.h"

namespace lsmkv::service {
namespace {

template <typename Request, typename Response>
using Call = UnaryCall<Request, Response>;

// Ends a write call with the version it got.
template <typename CallType>
WriteDone VersionAnswer(CallType* call) {
  return [call](absl::StatusOr<uint64_t> version) {
    if (version.ok()) call->response()->set_version(*version);
    call->Done(version.status());
  };
}

// Put, Delete and BatchWrite differ in nothing but their messages.
template <typename Request, typename Response>
grpc::ServerUnaryReactor* StartWriteCall(const RpcEnvironment& environment,
                                         RpcId id,
                                         grpc::CallbackServerContext* context,
                                         const Request* request,
                                         Response* response) {
  auto* call = new Call<Request, Response>(environment, id, false, context,
                                           request, response);
  absl::StatusOr<WriteRequest> write = WriteOf(*request);
  if (write.ok()) {
    environment.core->Write(call->context(), *std::move(write),
                            VersionAnswer(call));
  } else {
    call->Done(write.status());
  }
  return call;
}

void RunBatchGet(KvCore* core,
                 Call<v1::BatchGetRequest, v1::BatchGetResponse>* call) {
  const auto& keys = call->request().keys();
  auto values = core->BatchGet(
      call->context(), std::vector<std::string>(keys.begin(), keys.end()));
  if (!values.ok()) return call->Done(values.status());
  for (std::optional<Value>& value : *values) {
    auto* result = call->response()->add_results();
    if (!value) continue;
    result->set_found(true);
    result->set_value(std::move(value->data));
    result->set_version(value->version);
  }
  call->Done(absl::OkStatus());
}

void RunScan(KvCore* core, Call<v1::ScanRequest, v1::ScanResponse>* call) {
  auto page = core->Scan(call->context(), ScanOf(call->request()));
  if (!page.ok()) return call->Done(page.status());
  for (Record& record : page->records) {
    FillRecord(std::move(record), call->response()->add_records());
  }
  call->response()->set_next_page_token(std::move(page->next_page_token));
  call->Done(absl::OkStatus());
}

using ScanReactor = StreamReactor<v1::StreamScanResponse>;

ScanReactor::Source ScanChunks(std::shared_ptr<ScanStream> scan) {
  return [scan = std::move(scan)](
             const CallContext& context,
             v1::StreamScanResponse* chunk) -> absl::StatusOr<bool> {
    auto records = scan->Next(context);
    if (!records.ok()) return records.status();
    if (!records->has_value()) return false;
    chunk->set_snapshot_version(scan->snapshot_version());
    for (Record& record : **records) {
      FillRecord(std::move(record), chunk->add_records());
    }
    return true;
  };
}

// The request lives as long as the call.
ScanReactor::Opener OpenScan(KvCore* core,
                             const v1::StreamScanRequest* request) {
  return
      [core, request](
          const CallContext& context) -> absl::StatusOr<ScanReactor::Source> {
        auto scan = core->StreamScan(context, ScanOf(*request));
        if (!scan.ok()) return scan.status();
        return ScanChunks(*std::move(scan));
      };
}

}  // namespace

KvServiceImpl::KvServiceImpl(const RpcEnvironment& environment,
                             const Options& options)
    : environment_(environment),
      workers_(options.worker_threads, options.queued_max),
      watch_(options.watch_interval) {
  streams_.workers = &workers_;
  streams_.watch = &watch_;
  streams_.stall_timeout = options.stall_timeout;
}

void KvServiceImpl::StopStreamsAt(std::chrono::steady_clock::time_point time) {
  streams_.StopAt(time);
}

grpc::ServerUnaryReactor* KvServiceImpl::Put(
    grpc::CallbackServerContext* context, const v1::PutRequest* request,
    v1::PutResponse* response) {
  return StartWriteCall(environment_, RpcId::kPut, context, request, response);
}

grpc::ServerUnaryReactor* KvServiceImpl::Delete(
    grpc::CallbackServerContext* context, const v1::DeleteRequest* request,
    v1::DeleteResponse* response) {
  return StartWriteCall(environment_, RpcId::kDelete, context, request,
                        response);
}

grpc::ServerUnaryReactor* KvServiceImpl::BatchWrite(
    grpc::CallbackServerContext* context, const v1::BatchWriteRequest* request,
    v1::BatchWriteResponse* response) {
  return StartWriteCall(environment_, RpcId::kBatchWrite, context, request,
                        response);
}

grpc::ServerUnaryReactor* KvServiceImpl::DeleteRange(
    grpc::CallbackServerContext* context, const v1::DeleteRangeRequest* request,
    v1::DeleteRangeResponse* response) {
  auto* call = new Call<v1::DeleteRangeRequest, v1::DeleteRangeResponse>(
      environment_, RpcId::kDeleteRange, false, context, request, response);
  absl::StatusOr<Durability> durability = DurabilityOf(request->durability());
  if (durability.ok()) {
    environment_.core->DeleteRange(call->context(), RangeOf(request->range()),
                                   request->all(), *durability,
                                   VersionAnswer(call));
  } else {
    call->Done(durability.status());
  }
  return call;
}

grpc::ServerUnaryReactor* KvServiceImpl::Get(
    grpc::CallbackServerContext* context, const v1::GetRequest* request,
    v1::GetResponse* response) {
  auto* call = new Call<v1::GetRequest, v1::GetResponse>(
      environment_, RpcId::kGet, false, context, request, response);
  absl::StatusOr<Value> value =
      environment_.core->Get(call->context(), request->key());
  if (value.ok()) {
    response->set_value(std::move(value->data));
    response->set_version(value->version);
  }
  call->Done(value.status());
  return call;
}

grpc::ServerUnaryReactor* KvServiceImpl::BatchGet(
    grpc::CallbackServerContext* context, const v1::BatchGetRequest* request,
    v1::BatchGetResponse* response) {
  auto* call = new Call<v1::BatchGetRequest, v1::BatchGetResponse>(
      environment_, RpcId::kBatchGet, false, context, request, response);
  KvCore* const core = environment_.core;
  absl::Status status =
      workers_.Submit([core, call] { RunBatchGet(core, call); });
  if (!status.ok()) call->Done(status);
  return call;
}

grpc::ServerUnaryReactor* KvServiceImpl::Scan(
    grpc::CallbackServerContext* context, const v1::ScanRequest* request,
    v1::ScanResponse* response) {
  auto* call = new Call<v1::ScanRequest, v1::ScanResponse>(
      environment_, RpcId::kScan, false, context, request, response);
  KvCore* const core = environment_.core;
  absl::Status status = workers_.Submit([core, call] { RunScan(core, call); });
  if (!status.ok()) call->Done(status);
  return call;
}

grpc::ServerWriteReactor<v1::StreamScanResponse>* KvServiceImpl::StreamScan(
    grpc::CallbackServerContext* context,
    const v1::StreamScanRequest* request) {
  return new ScanReactor(environment_, RpcId::kStreamScan, &streams_, context,
                         OpenScan(environment_.core, request));
}

}  // namespace lsmkv::service
