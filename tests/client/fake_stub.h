// FakeStub: a Stub with no network. Each call takes the next status of
// `script` (none left: OK), and is noted with its deadline and request.
//
// Asynchronous calls finish before they return. Not thread-safe.

#ifndef LSMKV_TESTS_CLIENT_FAKE_STUB_H_
#define LSMKV_TESTS_CLIENT_FAKE_STUB_H_

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/src/stub.h"

namespace lsmkv::client {

// What a FakeStream says, and what became of it; outlives it.
template <typename Response>
struct StreamScript {
  std::deque<Response> chunks;
  absl::Status end;
  bool cancelled = false;
  bool finished = false;
};

using ScanScript = StreamScript<v1::StreamScanResponse>;
using VerifyScript = StreamScript<v1::VerifyResponse>;

template <typename Response>
class FakeStream : public ServerStream<Response> {
 public:
  explicit FakeStream(std::shared_ptr<StreamScript<Response>> script)
      : script_(std::move(script)) {}

  bool Read(Response* chunk) override {
    if (script_->cancelled || script_->chunks.empty()) return false;
    *chunk = std::move(script_->chunks.front());
    script_->chunks.pop_front();
    return true;
  }
  void Cancel() override { script_->cancelled = true; }
  absl::Status Finish() override {
    script_->finished = true;
    return script_->cancelled ? absl::CancelledError() : script_->end;
  }

 private:
  const std::shared_ptr<StreamScript<Response>> script_;
};

class FakeStub : public Stub {
 public:
  struct Call {
    std::string rpc;
    const void* context;
    std::chrono::system_clock::time_point deadline;
    std::string request;  // serialized
  };

  absl::StatusOr<v1::GetResponse> Get(Context& context,
                                      const v1::GetRequest& r) override {
    return Answer("Get", context, r, get_response);
  }
  absl::StatusOr<v1::BatchGetResponse> BatchGet(
      Context& context, const v1::BatchGetRequest& r) override {
    return Answer("BatchGet", context, r, batch_get_response);
  }
  absl::StatusOr<v1::ScanResponse> Scan(Context& context,
                                        const v1::ScanRequest& r) override {
    return Answer("Scan", context, r, scan_response);
  }
  absl::StatusOr<v1::PutResponse> Put(Context& context,
                                      const v1::PutRequest& r) override {
    return Answer("Put", context, r, Versioned<v1::PutResponse>());
  }
  absl::StatusOr<v1::DeleteResponse> Delete(
      Context& context, const v1::DeleteRequest& r) override {
    return Answer("Delete", context, r, Versioned<v1::DeleteResponse>());
  }
  absl::StatusOr<v1::DeleteRangeResponse> DeleteRange(
      Context& context, const v1::DeleteRangeRequest& r) override {
    return Answer("DeleteRange", context, r,
                  Versioned<v1::DeleteRangeResponse>());
  }
  absl::StatusOr<v1::BatchWriteResponse> BatchWrite(
      Context& context, const v1::BatchWriteRequest& r) override {
    return Answer("BatchWrite", context, r,
                  Versioned<v1::BatchWriteResponse>());
  }
  absl::StatusOr<v1::GetStatsResponse> GetStats(
      Context& context, const v1::GetStatsRequest& r) override {
    return Answer("GetStats", context, r, v1::GetStatsResponse());
  }
  absl::StatusOr<v1::GetLimitsResponse> GetLimits(
      Context& context, const v1::GetLimitsRequest& r) override {
    return Answer("GetLimits", context, r, v1::GetLimitsResponse());
  }
  absl::StatusOr<v1::FlushResponse> Flush(Context& context,
                                          const v1::FlushRequest& r) override {
    return Answer("Flush", context, r, v1::FlushResponse());
  }
  absl::StatusOr<v1::CompactResponse> Compact(
      Context& context, const v1::CompactRequest& r) override {
    return Answer("Compact", context, r, v1::CompactResponse());
  }
  absl::StatusOr<HealthState> Health(Context& context) override {
    return Answer("Health", context, v1::GetStatsRequest(),
                  HealthState::kServing);
  }

  // The next of `scans`; where none is left, an empty one with the next status
  // of `script`.
  std::unique_ptr<ScanStream> StreamScan(
      std::unique_ptr<Context> context,
      const v1::StreamScanRequest& r) override {
    Note("StreamScan", *context, r);
    std::shared_ptr<ScanScript> scan;
    if (!scans.empty()) {
      scan = scans.front();
      scans.pop_front();
    } else {
      scan = std::make_shared<ScanScript>();
      scan->end = NextStatus();
    }
    return std::make_unique<FakeStream<v1::StreamScanResponse>>(
        std::move(scan));
  }

  // The same for `verifies`.
  std::unique_ptr<VerifyStream> Verify(std::unique_ptr<Context> context,
                                       const v1::VerifyRequest& r) override {
    Note("Verify", *context, r);
    auto verify = std::make_shared<VerifyScript>();
    if (!verifies.empty()) {
      verify = verifies.front();
      verifies.pop_front();
    } else {
      verify->end = NextStatus();
    }
    return std::make_unique<FakeStream<v1::VerifyResponse>>(std::move(verify));
  }

  void AsyncGet(std::unique_ptr<Context> context, v1::GetRequest r,
                AsyncDone<v1::GetResponse> done) override {
    done(Answer("AsyncGet", *context, r, get_response));
  }
  void AsyncPut(std::unique_ptr<Context> context, v1::PutRequest r,
                AsyncDone<v1::PutResponse> done) override {
    done(Answer("AsyncPut", *context, r, Versioned<v1::PutResponse>()));
  }
  void AsyncBatchWrite(std::unique_ptr<Context> context,
                       v1::BatchWriteRequest r,
                       AsyncDone<v1::BatchWriteResponse> done) override {
    done(Answer("AsyncBatchWrite", *context, r,
                Versioned<v1::BatchWriteResponse>()));
  }

  template <typename Request>
  Request LastRequest() const {
    Request request;
    if (!calls.empty()) request.ParseFromString(calls.back().request);
    return request;
  }

  std::deque<absl::Status> script;
  std::deque<std::shared_ptr<ScanScript>> scans;
  std::deque<std::shared_ptr<VerifyScript>> verifies;
  std::vector<Call> calls;
  std::function<void()> on_call = [] {};  // for example, moves the clock
  v1::GetResponse get_response;
  v1::BatchGetResponse batch_get_response;
  v1::ScanResponse scan_response;
  uint64_t version = 7;

 private:
  template <typename Response>
  Response Versioned() const {
    Response response;
    response.set_version(version);
    return response;
  }

  template <typename Request>
  void Note(std::string rpc, const Context& context, const Request& request) {
    calls.push_back({std::move(rpc), &context, context.deadline(),
                     request.SerializeAsString()});
    on_call();
  }

  absl::Status NextStatus() {
    if (script.empty()) return absl::OkStatus();
    absl::Status status = std::move(script.front());
    script.pop_front();
    return status;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Answer(std::string rpc, const Context& context,
                                  const Request& request, Response response) {
    Note(std::move(rpc), context, request);
    absl::Status status = NextStatus();
    if (!status.ok()) return status;
    return response;
  }
};

}  // namespace lsmkv::client

#endif  // LSMKV_TESTS_CLIENT_FAKE_STUB_H_
