#include "service/rest/rpc_bindings.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"
#include "service/core/error.h"
#include "service/core/verify_stream.h"

namespace lsmkv::service {
namespace {

using google::protobuf::Message;

template <typename T>
MessagePtr Box(T message) {
  return std::make_unique<T>(std::move(message));
}

void FillRecords(std::vector<Record> records,
                 google::protobuf::RepeatedPtrField<v1::Record>* out) {
  out->Reserve(static_cast<int>(records.size()));
  for (Record& record : records) FillRecord(std::move(record), out->Add());
}

v1::BatchGetResponse BatchGetResponseOf(
    std::vector<std::optional<Value>> values) {
  v1::BatchGetResponse response;
  for (std::optional<Value>& value : values) {
    v1::BatchGetResponse::Result* result = response.add_results();
    if (!value) continue;
    result->set_found(true);
    result->set_value(std::move(value->data));
    result->set_version(value->version);
  }
  return response;
}

// An RPC whose answer is there when the function returns.
template <typename Request, typename Function>
RpcBinding Blocking(Function function) {
  RpcBinding binding;
  binding.unary = [function = std::move(function)](const CallContext& context,
                                                   const Message& request,
                                                   RpcDone done) {
    std::move(done)(function(context, static_cast<const Request&>(request)));
  };
  return binding;
}

// Answers a write with a message that holds its version.
template <typename Response>
WriteDone AnswerVersion(RpcDone done) {
  return [done = std::move(done)](absl::StatusOr<uint64_t> version) mutable {
    if (!version.ok()) return std::move(done)(version.status());
    Response response;
    response.set_version(*version);
    std::move(done)(Box(std::move(response)));
  };
}

template <typename Request, typename Response>
RpcBinding WriteRpc(KvCore* core) {
  RpcBinding binding;
  binding.unary = [core](const CallContext& context, const Message& request,
                         RpcDone done) {
    absl::StatusOr<WriteRequest> write =
        WriteOf(static_cast<const Request&>(request));
    if (!write.ok()) return std::move(done)(write.status());
    core->Write(context, *std::move(write),
                AnswerVersion<Response>(std::move(done)));
  };
  return binding;
}

RpcBinding DeleteRangeRpc(KvCore* core) {
  RpcBinding binding;
  binding.unary = [core](const CallContext& context, const Message& message,
                         RpcDone done) {
    const auto& request = static_cast<const v1::DeleteRangeRequest&>(message);
    const auto durability = DurabilityOf(request.durability());
    if (!durability.ok()) return std::move(done)(durability.status());
    core->DeleteRange(context, RangeOf(request.range()), request.all(),
                      *durability,
                      AnswerVersion<v1::DeleteRangeResponse>(std::move(done)));
  };
  return binding;
}

RpcBinding StreamScanRpc(KvCore* core) {
  RpcBinding binding;
  binding.long_call = true;
  binding.stream =
      [core](const CallContext& context,
             const Message& request) -> absl::StatusOr<MessageStream> {
    auto opened = core->StreamScan(
        context, ScanOf(static_cast<const v1::StreamScanRequest&>(request)));
    if (!opened.ok()) return opened.status();
    return [scan = std::shared_ptr<ScanStream>(*std::move(opened))](
               const CallContext& call) -> absl::StatusOr<MessagePtr> {
      auto records = scan->Next(call);
      if (!records.ok()) return records.status();
      if (!records->has_value()) return nullptr;
      v1::StreamScanResponse chunk;
      FillRecords(**std::move(records), chunk.mutable_records());
      chunk.set_snapshot_version(scan->snapshot_version());
      return Box(std::move(chunk));
    };
  };
  return binding;
}

RpcBinding VerifyRpc(KvCore* core) {
  RpcBinding binding;
  binding.long_call = true;
  binding.stream =
      [core](const CallContext& context,
             const Message& request) -> absl::StatusOr<MessageStream> {
    auto started = core->Verify(
        context,
        static_cast<const v1::VerifyRequest&>(request).bytes_per_second());
    if (!started.ok()) return started.status();
    return [verify = std::shared_ptr<VerifyStream>(*std::move(started))](
               const CallContext& call) -> absl::StatusOr<MessagePtr> {
      auto event = verify->Next(call);
      if (!event.ok()) return event.status();
      if (!event->has_value()) return nullptr;
      v1::VerifyResponse message;
      FillVerify(**event, &message);
      return Box(std::move(message));
    };
  };
  return binding;
}

void AddKvRpcs(KvCore* core, RpcBindings* bindings) {
  using Result = absl::StatusOr<MessagePtr>;
  const auto name = [](const char* rpc) {
    return std::string("lsmkv.v1.KvService.") + rpc;
  };
  (*bindings)[name("Put")] = WriteRpc<v1::PutRequest, v1::PutResponse>(core);
  (*bindings)[name("Delete")] =
      WriteRpc<v1::DeleteRequest, v1::DeleteResponse>(core);
  (*bindings)[name("BatchWrite")] =
      WriteRpc<v1::BatchWriteRequest, v1::BatchWriteResponse>(core);
  (*bindings)[name("DeleteRange")] = DeleteRangeRpc(core);
  (*bindings)[name("StreamScan")] = StreamScanRpc(core);
  (*bindings)[name("Get")] =
      Blocking<v1::GetRequest>([core](const CallContext& context,
                                      const v1::GetRequest& request) -> Result {
        absl::StatusOr<Value> value = core->Get(context, request.key());
        if (!value.ok()) return value.status();
        v1::GetResponse response;
        response.set_value(std::move(value->data));
        response.set_version(value->version);
        return Box(std::move(response));
      });
  (*bindings)[name("BatchGet")] = Blocking<v1::BatchGetRequest>(
      [core](const CallContext& context,
             const v1::BatchGetRequest& request) -> Result {
        const std::vector<std::string> keys(request.keys().begin(),
                                            request.keys().end());
        auto values = core->BatchGet(context, keys);
        if (!values.ok()) return values.status();
        return Box(BatchGetResponseOf(*std::move(values)));
      });
  (*bindings)[name("Scan")] = Blocking<v1::ScanRequest>(
      [core](const CallContext& context,
             const v1::ScanRequest& request) -> Result {
        absl::StatusOr<ScanPage> page = core->Scan(context, ScanOf(request));
        if (!page.ok()) return page.status();
        v1::ScanResponse response;
        FillRecords(std::move(page->records), response.mutable_records());
        response.set_next_page_token(std::move(page->next_page_token));
        return Box(std::move(response));
      });
}

// Lets in a few calls at a time that may take long, so that they leave workers
// to everyone else.
class Gate {
 public:
  bool Enter() {
    if (inside_.fetch_add(1) < kInsideMax) return true;
    Leave();
    return false;
  }
  void Leave() { inside_.fetch_sub(1); }

 private:
  static constexpr int kInsideMax = 2;
  std::atomic<int> inside_{0};
};

absl::Status TooManyInside() {
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "flushes and compactions are running; try later");
}

void AddAdminRpcs(KvCore* core, const ServerInfo& info, RpcBindings* bindings) {
  using Result = absl::StatusOr<MessagePtr>;
  const auto name = [](const char* rpc) {
    return std::string("lsmkv.v1.AdminService.") + rpc;
  };
  (*bindings)[name("GetStats")] = Blocking<v1::GetStatsRequest>(
      [core, info](const CallContext&, const v1::GetStatsRequest&) -> Result {
        v1::GetStatsResponse response;
        FillStats(core->GetStats(), info, &response);
        return Box(std::move(response));
      });
  (*bindings)[name("GetLimits")] = Blocking<v1::GetLimitsRequest>(
      [core](const CallContext&, const v1::GetLimitsRequest&) -> Result {
        v1::GetLimitsResponse response;
        FillLimits(core->limits(), &response);
        return Box(std::move(response));
      });
  const auto gate = std::make_shared<Gate>();
  (*bindings)[name("Flush")] = Blocking<v1::FlushRequest>(
      [core, gate](const CallContext& context,
                   const v1::FlushRequest&) -> Result {
        if (!gate->Enter()) return TooManyInside();
        absl::Status status = core->Flush(context);
        gate->Leave();
        if (!status.ok()) return status;
        return Box(v1::FlushResponse());
      });
  (*bindings)[name("Compact")] = Blocking<v1::CompactRequest>(
      [core, gate](const CallContext& context,
                   const v1::CompactRequest& request) -> Result {
        if (!gate->Enter()) return TooManyInside();
        absl::Status status = core->Compact(context, RangeOf(request.range()));
        gate->Leave();
        if (!status.ok()) return status;
        return Box(v1::CompactResponse());
      });
  (*bindings)[name("Verify")] = VerifyRpc(core);
  (*bindings)[name("Flush")].long_call = true;
  (*bindings)[name("Compact")].long_call = true;
}

}  // namespace

RpcBindings MakeRpcBindings(KvCore* core, const ServerInfo& info) {
  RpcBindings bindings;
  AddKvRpcs(core, &bindings);
  AddAdminRpcs(core, info, &bindings);
  return bindings;
}

}  // namespace lsmkv::service
