// Stub: the server's RPCs, one attempt each. Below it is gRPC, or a test's
// fake; above it is ConnectionImpl with retries and deadlines.
//
// Threads: every method may be called from any thread at any time.

#ifndef LSMKV_CLIENT_SRC_STUB_H_
#define LSMKV_CLIENT_SRC_STUB_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <grpcpp/client_context.h>

#include "lsmkv/client/types.h"
#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"

namespace lsmkv::client {

// One running call that streams its answer. Must be finished, after a
// cancellation if need be, before it is destroyed. One thread at a time.
template <typename Response>
class ServerStream {
 public:
  virtual ~ServerStream() = default;
  // The next message; false when there is none, and Finish tells why.
  virtual bool Read(Response* message) = 0;
  virtual void Cancel() = 0;
  // REQUIRES: Read returned false. Called once.
  virtual absl::Status Finish() = 0;
};

using ScanStream = ServerStream<v1::StreamScanResponse>;
using VerifyStream = ServerStream<v1::VerifyResponse>;

template <typename Response>
using AsyncDone = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

class Stub {
 public:
  using Context = grpc::ClientContext;

  virtual ~Stub() = default;

  virtual absl::StatusOr<v1::GetResponse> Get(Context& context,
                                              const v1::GetRequest& r) = 0;
  virtual absl::StatusOr<v1::BatchGetResponse> BatchGet(
      Context& context, const v1::BatchGetRequest& r) = 0;
  virtual absl::StatusOr<v1::ScanResponse> Scan(Context& context,
                                                const v1::ScanRequest& r) = 0;
  virtual absl::StatusOr<v1::PutResponse> Put(Context& context,
                                              const v1::PutRequest& r) = 0;
  virtual absl::StatusOr<v1::DeleteResponse> Delete(
      Context& context, const v1::DeleteRequest& r) = 0;
  virtual absl::StatusOr<v1::DeleteRangeResponse> DeleteRange(
      Context& context, const v1::DeleteRangeRequest& r) = 0;
  virtual absl::StatusOr<v1::BatchWriteResponse> BatchWrite(
      Context& context, const v1::BatchWriteRequest& r) = 0;
  virtual absl::StatusOr<v1::GetStatsResponse> GetStats(
      Context& context, const v1::GetStatsRequest& r) = 0;
  virtual absl::StatusOr<v1::GetLimitsResponse> GetLimits(
      Context& context, const v1::GetLimitsRequest& r) = 0;
  virtual absl::StatusOr<v1::FlushResponse> Flush(
      Context& context, const v1::FlushRequest& r) = 0;
  virtual absl::StatusOr<v1::CompactResponse> Compact(
      Context& context, const v1::CompactRequest& r) = 0;
  virtual absl::StatusOr<HealthState> Health(Context& context) = 0;

  // Never null: a failure to start shows in the stream's Finish.
  virtual std::unique_ptr<ScanStream> StreamScan(
      std::unique_ptr<Context> context, const v1::StreamScanRequest& r) = 0;

  virtual std::unique_ptr<VerifyStream> Verify(std::unique_ptr<Context> context,
                                               const v1::VerifyRequest& r) = 0;

  // `done` runs once, on a thread of the stub.
  virtual void AsyncGet(std::unique_ptr<Context> context, v1::GetRequest r,
                        AsyncDone<v1::GetResponse> done) = 0;
  virtual void AsyncPut(std::unique_ptr<Context> context, v1::PutRequest r,
                        AsyncDone<v1::PutResponse> done) = 0;
  virtual void AsyncBatchWrite(std::unique_ptr<Context> context,
                               v1::BatchWriteRequest r,
                               AsyncDone<v1::BatchWriteResponse> done) = 0;
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_STUB_H_
