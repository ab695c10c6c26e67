#include "client/src/grpc_stub.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include "client/src/channel_release.h"
#include "client/src/grpc_status.h"
#include "client/src/health_codec.h"
#include "lsmkv/v1/admin.grpc.pb.h"
#include "lsmkv/v1/kv.grpc.pb.h"

namespace lsmkv::client {
namespace {

grpc::ChannelArguments MakeChannelArguments(const ConnectionOptions& options) {
  grpc::ChannelArguments arguments;
  // The server bounds what it sends; gRPC's 4 MiB would refuse whole values.
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  const std::string own = "lsmkv-cpp/" LSMKV_CLIENT_VERSION;
  arguments.SetUserAgentPrefix(
      options.user_agent.empty() ? own : options.user_agent + " " + own);
  const auto connect_ms = static_cast<int>(
      std::clamp<int64_t>(options.connect_timeout.count(), 1, 3600000));
  // By this name gRPC bounds one attempt to connect.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_ms);
  // Short, so that a server that comes back is found by the retries.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  if (options.keepalive_time.count() > 0) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                     static_cast<int>(std::clamp<int64_t>(
                         options.keepalive_time.count(), 10000, 86400000)));
  }
  if (options.own_tcp_connection) {
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  }
  // A store is reached directly, whatever http_proxy says for the web.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Retries are the retry loop's; two of them would multiply.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return arguments;
}

// Whether a call had a connection. At its end the channel's state does not
// tell: a server that ends lets go of its connections at once, and still works
// on the calls that came over them.
class ConnectionWatch {
 public:
  explicit ConnectionWatch(grpc::Channel* channel)
      : channel_(channel), had_one_(State() == GRPC_CHANNEL_READY) {}

  // True if there was none when the call began, and there is none now.
  bool NeverConnected() const {
    const grpc_connectivity_state now = State();
    return !had_one_ && (now == GRPC_CHANNEL_CONNECTING ||
                         now == GRPC_CHANNEL_TRANSIENT_FAILURE);
  }

 private:
  grpc_connectivity_state State() const { return channel_->GetState(false); }

  grpc::Channel* const channel_;
  const bool had_one_;
};

template <typename Response>
class GrpcStream : public ServerStream<Response> {
 public:
  GrpcStream(std::shared_ptr<grpc::Channel> channel,
             const ConnectionWatch& watch, std::string endpoint,
             std::unique_ptr<grpc::ClientContext> context,
             std::unique_ptr<grpc::ClientReader<Response>> reader)
      : channel_(std::move(channel)),
        watch_(watch),
        endpoint_(std::move(endpoint)),
        context_(std::move(context)),
        reader_(std::move(reader)) {}

  bool Read(Response* message) override { return reader_->Read(message); }
  void Cancel() override { context_->TryCancel(); }
  absl::Status Finish() override {
    const grpc::Status status = reader_->Finish();
    return FromGrpcStatus(status, endpoint_, watch_.NeverConnected());
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const ConnectionWatch watch_;
  const std::string endpoint_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const std::unique_ptr<grpc::ClientReader<Response>> reader_;
};

class GrpcStub : public Stub, public std::enable_shared_from_this<GrpcStub> {
 public:
  explicit GrpcStub(const ConnectionOptions& options)
      : endpoint_(options.endpoint),
        channel_(ReleaseAnywhere(grpc::CreateCustomChannel(
            options.endpoint, grpc::InsecureChannelCredentials(),
            MakeChannelArguments(options)))),
        kv_(v1::KvService::NewStub(channel_)),
        admin_(v1::AdminService::NewStub(channel_)),
        generic_(channel_) {}

  absl::StatusOr<v1::GetResponse> Get(Context& context,
                                      const v1::GetRequest& r) override {
    return Unary(kv_.get(), &KvStub::Get, context, r);
  }
  absl::StatusOr<v1::BatchGetResponse> BatchGet(
      Context& context, const v1::BatchGetRequest& r) override {
    return Unary(kv_.get(), &KvStub::BatchGet, context, r);
  }
  absl::StatusOr<v1::ScanResponse> Scan(Context& context,
                                        const v1::ScanRequest& r) override {
    return Unary(kv_.get(), &KvStub::Scan, context, r);
  }
  absl::StatusOr<v1::PutResponse> Put(Context& context,
                                      const v1::PutRequest& r) override {
    return Unary(kv_.get(), &KvStub::Put, context, r);
  }
  absl::StatusOr<v1::DeleteResponse> Delete(
      Context& context, const v1::DeleteRequest& r) override {
    return Unary(kv_.get(), &KvStub::Delete, context, r);
  }
  absl::StatusOr<v1::DeleteRangeResponse> DeleteRange(
      Context& context, const v1::DeleteRangeRequest& r) override {
    return Unary(kv_.get(), &KvStub::DeleteRange, context, r);
  }
  absl::StatusOr<v1::BatchWriteResponse> BatchWrite(
      Context& context, const v1::BatchWriteRequest& r) override {
    return Unary(kv_.get(), &KvStub::BatchWrite, context, r);
  }
  absl::StatusOr<v1::GetStatsResponse> GetStats(
      Context& context, const v1::GetStatsRequest& r) override {
    return Unary(admin_.get(), &AdminStub::GetStats, context, r);
  }
  absl::StatusOr<v1::GetLimitsResponse> GetLimits(
      Context& context, const v1::GetLimitsRequest& r) override {
    return Unary(admin_.get(), &AdminStub::GetLimits, context, r);
  }
  absl::StatusOr<v1::FlushResponse> Flush(Context& context,
                                          const v1::FlushRequest& r) override {
    return Unary(admin_.get(), &AdminStub::Flush, context, r);
  }
  absl::StatusOr<v1::CompactResponse> Compact(
      Context& context, const v1::CompactRequest& r) override {
    return Unary(admin_.get(), &AdminStub::Compact, context, r);
  }
  absl::StatusOr<HealthState> Health(Context& context) override;

  std::unique_ptr<ScanStream> StreamScan(
      std::unique_ptr<Context> context,
      const v1::StreamScanRequest& r) override {
    const ConnectionWatch watch(channel_.get());
    auto reader = kv_->StreamScan(context.get(), r);
    return std::make_unique<GrpcStream<v1::StreamScanResponse>>(
        channel_, watch, endpoint_, std::move(context), std::move(reader));
  }
  std::unique_ptr<VerifyStream> Verify(std::unique_ptr<Context> context,
                                       const v1::VerifyRequest& r) override {
    const ConnectionWatch watch(channel_.get());
    auto reader = admin_->Verify(context.get(), r);
    return std::make_unique<GrpcStream<v1::VerifyResponse>>(
        channel_, watch, endpoint_, std::move(context), std::move(reader));
  }

  void AsyncGet(std::unique_ptr<Context> context, v1::GetRequest r,
                AsyncDone<v1::GetResponse> done) override {
    Async([this](auto&&... a) { kv_->async()->Get(std::move(a)...); },
          std::move(context), std::move(r), std::move(done));
  }
  void AsyncPut(std::unique_ptr<Context> context, v1::PutRequest r,
                AsyncDone<v1::PutResponse> done) override {
    Async([this](auto&&... a) { kv_->async()->Put(std::move(a)...); },
          std::move(context), std::move(r), std::move(done));
  }
  void AsyncBatchWrite(std::unique_ptr<Context> context,
                       v1::BatchWriteRequest r,
                       AsyncDone<v1::BatchWriteResponse> done) override {
    Async([this](auto&&... a) { kv_->async()->BatchWrite(std::move(a)...); },
          std::move(context), std::move(r), std::move(done));
  }

 private:
  using KvStub = v1::KvService::Stub;
  using AdminStub = v1::AdminService::Stub;

  absl::Status ToStatus(const grpc::Status& status,
                        const ConnectionWatch& watch) const {
    if (status.ok()) return absl::OkStatus();
    return FromGrpcStatus(status, endpoint_, watch.NeverConnected());
  }

  template <typename ServiceStub, typename Request, typename Response>
  absl::StatusOr<Response> Unary(
      ServiceStub* stub,
      grpc::Status (ServiceStub::*method)(Context*, const Request&, Response*),
      Context& context, const Request& request) const {
    const ConnectionWatch watch(channel_.get());
    Response response;
    const grpc::Status status = (stub->*method)(&context, request, &response);
    if (!status.ok()) return ToStatus(status, watch);
    return response;
  }

  // Keeps everything the call needs alive until it is over, itself included.
  template <typename Start, typename Request, typename Response>
  void Async(Start start, std::unique_ptr<Context> context, Request request,
             AsyncDone<Response> done) {
    struct Call {  // the stub outlives the context, which uses its channel
      std::shared_ptr<GrpcStub> stub;
      ConnectionWatch watch;
      std::unique_ptr<Context> context;
      Request request;
      Response response;
      AsyncDone<Response> done;
    };
    auto call = std::make_shared<Call>(Call{
        shared_from_this(), ConnectionWatch(channel_.get()), {}, {}, {}, {}});
    call->context = std::move(context);
    call->request = std::move(request);
    call->done = std::move(done);
    Call* const raw = call.get();
    CallbackScope::Expect();
    start(raw->context.get(), &raw->request, &raw->response,
          std::function<void(grpc::Status)>(
              [call = std::move(call)](const grpc::Status& status) mutable {
                const CallbackScope scope;
                if (status.ok()) {
                  call->done(std::move(call->response));
                } else {
                  call->done(call->stub->ToStatus(status, call->watch));
                }
                call.reset();  // within the scope
              }));
  }

  const std::string endpoint_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<KvStub> kv_;
  const std::unique_ptr<AdminStub> admin_;
  grpc::GenericStub generic_;
};

absl::StatusOr<HealthState> GrpcStub::Health(Context& context) {
  const ConnectionWatch watch(channel_.get());
  const grpc::Slice slice{std::string(kHealthRequest)};
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  grpc::CompletionQueue queue;
  auto call =
      generic_.PrepareUnaryCall(&context, kHealthMethod, request, &queue);
  call->StartCall();
  call->Finish(&response, &status, this);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (!status.ok()) return ToStatus(status, watch);
  std::vector<grpc::Slice> slices;
  const grpc::Status dumped = response.Dump(&slices);
  if (!dumped.ok()) return ToStatus(dumped, watch);
  std::string encoded;
  for (const grpc::Slice& part : slices) {
    encoded.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  return ParseHealthResponse(encoded);
}

}  // namespace

std::shared_ptr<Stub> MakeGrpcStub(const ConnectionOptions& options) {
  return std::make_shared<GrpcStub>(options);
}

}  // namespace lsmkv::client
