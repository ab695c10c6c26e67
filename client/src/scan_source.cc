#include "client/src/scan_source.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "client/src/convert.h"
#include "client/src/retry_loop.h"
#include "client/src/status_payload.h"

namespace lsmkv::client {

ScanSource::ScanSource(std::shared_ptr<Stub> stub, Clock* clock,
                       CallSettings settings, v1::StreamScanRequest request)
    : stub_(std::move(stub)),
      clock_(clock),
      settings_(std::move(settings)),
      request_(std::move(request)) {
  // An attempt lasts as long as the scan.
  settings_.attempt_timeout = std::chrono::milliseconds(0);
}

ScanSource::~ScanSource() {
  if (stream_ == nullptr) return;
  stream_->Cancel();
  while (stream_->Read(&chunk_)) {
  }
  stream_->Finish().IgnoreError();  // CANCELLED, as asked
}

absl::StatusOr<std::optional<Record>> ScanSource::Next() {
  if (!started_) {
    started_ = true;
    absl::Status status = Start();
    if (!status.ok()) return status;
  }
  while (stream_ != nullptr && next_in_chunk_ == chunk_.records_size()) {
    const absl::Status status = ReadChunk();
    if (!status.ok()) {
      return WithMessage(status,
                         absl::StrCat("scan broken off: ", status.message()));
    }
  }
  if (stream_ == nullptr) return std::nullopt;
  return FromProto(std::move(*chunk_.mutable_records(next_in_chunk_++)));
}

absl::Status ScanSource::Start() {
  RetryState state(std::move(settings_), clock_);
  while (true) {
    auto context = std::make_unique<grpc::ClientContext>();
    state.BeginAttempt(context.get());
    stream_ = stub_->StreamScan(std::move(context), request_);
    const absl::Status status = ReadChunk();
    if (status.ok()) return status;
    if (!state.WaitForNextAttempt(status)) return state.Explain(status);
  }
}

absl::Status ScanSource::ReadChunk() {
  next_in_chunk_ = 0;
  if (stream_->Read(&chunk_)) {
    snapshot_version_ = chunk_.snapshot_version();
    return absl::OkStatus();
  }
  chunk_.Clear();
  absl::Status status = stream_->Finish();
  stream_ = nullptr;
  return status;
}

}  // namespace lsmkv::client
