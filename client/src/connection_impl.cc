#include "client/src/connection_impl.h"

#include <utility>

#include "client/src/convert.h"
#include "client/src/grpc_stub.h"
#include "client/src/idempotency.h"
#include "client/src/retry_loop.h"
#include "client/src/scan_source.h"
#include "client/src/verify_call.h"

namespace lsmkv::client {
namespace {

Durability DurabilityOf(const CallOptions& options) {
  return options.durability.value_or(Durability::kServerDefault);
}

v1::PutRequest ToPutRequest(std::string_view key, std::string_view value,
                            const CallOptions& options) {
  v1::PutRequest request;
  request.set_key(key.data(), key.size());
  request.set_value(value.data(), value.size());
  request.set_durability(ToProto(DurabilityOf(options)));
  return request;
}

v1::GetRequest ToGetRequest(std::string_view key) {
  v1::GetRequest request;
  request.set_key(key.data(), key.size());
  return request;
}

template <typename Response>
absl::StatusOr<uint64_t> VersionOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->version();
}

class ConnectionImpl : public Connection {
 public:
  ConnectionImpl(std::shared_ptr<Stub> stub, Clock* clock)
      : stub_(std::move(stub)), clock_(clock) {}

  absl::StatusOr<Value> Get(std::string_view key,
                            const CallOptions& options) override {
    auto response =
        Call(Operation::kGet, &Stub::Get, ToGetRequest(key), options);
    if (!response.ok()) return response.status();
    return FromProto(*std::move(response));
  }

  absl::StatusOr<std::vector<std::optional<Value>>> BatchGet(
      const std::vector<std::string>& keys,
      const CallOptions& options) override {
    v1::BatchGetRequest request;
    for (const std::string& key : keys) request.add_keys(key);
    auto response =
        Call(Operation::kBatchGet, &Stub::BatchGet, request, options);
    if (!response.ok()) return response.status();
    return FromProto(*std::move(response), keys.size());
  }

  ScanRange Scan(const ScanOptions& scan, const CallOptions& options) override {
    return ScanRange(std::make_unique<ScanSource>(
        stub_, clock_, Resolve(Operation::kScan, options),
        ToStreamRequest(scan)));
  }

  absl::StatusOr<Page> ScanPage(const ScanOptions& scan,
                                const PageOptions& page,
                                const CallOptions& options) override {
    auto response = Call(Operation::kScanPage, &Stub::Scan,
                         ToPageRequest(scan, page), options);
    if (!response.ok()) return response.status();
    return FromProto(*std::move(response));
  }

  absl::StatusOr<uint64_t> Put(std::string_view key, std::string_view value,
                               const CallOptions& options) override {
    return VersionOf(Call(Operation::kPut, &Stub::Put,
                          ToPutRequest(key, value, options), options));
  }

  absl::StatusOr<uint64_t> Delete(std::string_view key,
                                  const CallOptions& options) override {
    v1::DeleteRequest request;
    request.set_key(key.data(), key.size());
    request.set_durability(ToProto(DurabilityOf(options)));
    return VersionOf(Call(Operation::kDelete, &Stub::Delete, request, options));
  }

  absl::StatusOr<uint64_t> DeleteRange(const KeyRange& range, bool all,
                                       const CallOptions& options) override {
    v1::DeleteRangeRequest request;
    *request.mutable_range() = ToProto(range);
    request.set_all(all);
    request.set_durability(ToProto(DurabilityOf(options)));
    return VersionOf(
        Call(Operation::kDeleteRange, &Stub::DeleteRange, request, options));
  }

  absl::StatusOr<uint64_t> BatchWrite(WriteBatch batch,
                                      const CallOptions& options) override {
    return VersionOf(Call(Operation::kBatchWrite, &Stub::BatchWrite,
                          ToProto(std::move(batch), DurabilityOf(options)),
                          options));
  }

  void AsyncGet(std::string_view key, const CallOptions& options,
                GetCallback done) override {
    stub_->AsyncGet(MakeContext(Operation::kAsyncGet, options),
                    ToGetRequest(key),
                    [done = std::move(done)](
                        absl::StatusOr<v1::GetResponse> response) mutable {
                      if (!response.ok()) return done(response.status());
                      done(FromProto(*std::move(response)));
                    });
  }

  void AsyncPut(std::string_view key, std::string_view value,
                const CallOptions& options, WriteCallback done) override {
    stub_->AsyncPut(
        MakeContext(Operation::kAsyncPut, options),
        ToPutRequest(key, value, options),
        [done = std::move(done)](
            const absl::StatusOr<v1::PutResponse>& response) mutable {
          done(VersionOf(response));
        });
  }

  void AsyncWrite(WriteBatch batch, const CallOptions& options,
                  WriteCallback done) override {
    stub_->AsyncBatchWrite(
        MakeContext(Operation::kAsyncWrite, options),
        ToProto(std::move(batch), DurabilityOf(options)),
        [done = std::move(done)](
            const absl::StatusOr<v1::BatchWriteResponse>& response) mutable {
          done(VersionOf(response));
        });
  }

  absl::StatusOr<Stats> GetStats(const CallOptions& options) override {
    auto response = Call(Operation::kGetStats, &Stub::GetStats,
                         v1::GetStatsRequest(), options);
    if (!response.ok()) return response.status();
    return FromProto(*response);
  }

  absl::StatusOr<Limits> GetLimits(const CallOptions& options) override {
    auto response = Call(Operation::kGetLimits, &Stub::GetLimits,
                         v1::GetLimitsRequest(), options);
    if (!response.ok()) return response.status();
    return FromProto(*response);
  }

  absl::Status Flush(const CallOptions& options) override {
    return Call(Operation::kFlush, &Stub::Flush, v1::FlushRequest(), options)
        .status();
  }

  absl::Status Compact(const KeyRange& range,
                       const CallOptions& options) override {
    v1::CompactRequest request;
    *request.mutable_range() = ToProto(range);
    return Call(Operation::kCompact, &Stub::Compact, request, options).status();
  }

  absl::StatusOr<VerifyProgress> Verify(const VerifyOptions& verify,
                                        const VerifyCallback& on_event,
                                        const CallOptions& options) override {
    return RunVerify(stub_.get(), clock_, Resolve(Operation::kVerify, options),
                     verify, on_event);
  }

  absl::StatusOr<HealthState> Health(const CallOptions& options) override {
    return RetryLoop(Resolve(Operation::kHealth, options), clock_,
                     [this](grpc::ClientContext& context) {
                       return stub_->Health(context);
                     });
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Operation operation,
                                absl::StatusOr<Response> (Stub::*method)(
                                    grpc::ClientContext&, const Request&),
                                const Request& request,
                                const CallOptions& options) {
    return RetryLoop(Resolve(operation, options), clock_,
                     [&](grpc::ClientContext& context) {
                       return (stub_.get()->*method)(context, request);
                     });
  }

  // For a call that has one attempt.
  std::unique_ptr<grpc::ClientContext> MakeContext(
      Operation operation, const CallOptions& options) const {
    auto context = std::make_unique<grpc::ClientContext>();
    RetryState(Resolve(operation, options), clock_).BeginAttempt(context.get());
    return context;
  }

  const std::shared_ptr<Stub> stub_;
  Clock* const clock_;
};

}  // namespace

std::shared_ptr<Connection> MakeConnectionOver(std::shared_ptr<Stub> stub,
                                               Clock* clock) {
  return std::make_shared<ConnectionImpl>(std::move(stub), clock);
}

std::shared_ptr<Connection> MakeConnection(const ConnectionOptions& options) {
  return MakeConnectionOver(MakeGrpcStub(options), Clock::System());
}

}  // namespace lsmkv::client
