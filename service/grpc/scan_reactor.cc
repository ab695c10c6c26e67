#include "service/grpc/scan_reactor.h"

#include <optional>
#include <utility>
#include <vector>

#include "service/core/error.h"
#include "service/grpc/messages.h"

namespace lsmkv::service {
namespace {

using std::chrono::steady_clock;

int64_t ToNs(steady_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             time.time_since_epoch())
      .count();
}

}  // namespace

ScanReactor::ScanReactor(const RpcEnvironment& environment,
                         StreamEnvironment* streams,
                         grpc::CallbackServerContext* server_context,
                         const v1::StreamScanRequest* request)
    : record_(environment, RpcId::kStreamScan),
      core_(environment.core),
      streams_(streams),
      server_context_(server_context),
      request_(request) {
  record_.Received();
  context_.deadline = core_->DeadlineFor(DeadlineOf(*server_context), true);
  context_.cancelled = [this] {
    return cancelled_.load(std::memory_order_relaxed);
  };
  streams_->watch->Add(this);
  absl::Status status = streams_->workers->Submit([this] { Open(); });
  if (!status.ok()) End(status);
}

absl::Status ScanReactor::CheckRunning() const {
  const int64_t stop_at = streams_->stop_at_ns.load(std::memory_order_relaxed);
  if (ToNs(steady_clock::now()) < stop_at) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                   "the server is shutting down");
}

void ScanReactor::Open() {
  auto stream = core_->StreamScan(context_, ScanOf(*request_));
  if (!stream.ok()) return End(stream.status());
  stream_ = *std::move(stream);
  SendNext();
}

void ScanReactor::SendNext() {
  absl::Status status = CheckRunning();
  if (!status.ok()) return End(status);
  auto records = stream_->Next(context_);
  if (!records.ok()) return End(records.status());
  if (!records->has_value()) return End(absl::OkStatus());
  chunk_.Clear();
  chunk_.set_snapshot_version(stream_->snapshot_version());
  for (Record& record : **records) {
    FillRecord(std::move(record), chunk_.add_records());
  }
  writing_since_ns_.store(ToNs(steady_clock::now()), std::memory_order_relaxed);
  StartWrite(&chunk_);
}

void ScanReactor::OnWriteDone(bool ok) {
  writing_since_ns_.store(0, std::memory_order_relaxed);
  if (!ok) {
    absl::Status status = context_.Check();
    if (status.ok()) {
      status = MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                         "the client went away");
    }
    return End(status);
  }
  record_.Sent();
  // Streams were counted when they were let in; a further step always runs.
  streams_->workers->Continue([this] { SendNext(); });
}

void ScanReactor::OnCancel() {
  cancelled_.store(true, std::memory_order_relaxed);
}

void ScanReactor::EndIfOverdue(steady_clock::time_point now) {
  const int64_t since = writing_since_ns_.load(std::memory_order_relaxed);
  if (since == 0) return;  // a step is running and looks at the deadline itself
  const bool stalled =
      std::chrono::nanoseconds(ToNs(now) - since) > streams_->stall_timeout;
  // Fails the outstanding write, and with it the call.
  if (stalled || now > context_.deadline) server_context_->TryCancel();
}

void ScanReactor::End(const absl::Status& status) {
  stream_.reset();  // the snapshot goes now, not when the client has read all
  record_.Finish(status);
  Finish(ToGrpcStatus(status));
}

void ScanReactor::OnDone() {
  streams_->watch->Remove(this);
  delete this;
}

}  // namespace lsmkv::service
