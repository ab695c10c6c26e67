#include "service/core/verify_stream.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

using engine::MutexLock;

// So many findings may wait for the caller.
constexpr size_t kFindingsMax = 1000;
// A wait looks at its caller this often, and ends after so many looks.
constexpr uint64_t kLookMicros = 50'000;
constexpr int kLooksPerEvent = 20;

absl::Status ShuttingDown() {
  return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                   "the server is shutting down");
}

}  // namespace

absl::Status VerifyGate::Enter(VerifyStream* stream) {
  MutexLock lock(&mu_);
  if (closed_) return ShuttingDown();
  if (running_ != nullptr) {
    return MakeError(absl::StatusCode::kResourceExhausted, "VERIFY_RUNNING",
                     "the store is being verified already; try later");
  }
  running_ = stream;
  return absl::OkStatus();
}

void VerifyGate::Leave() {
  MutexLock lock(&mu_);
  running_ = nullptr;
}

void VerifyGate::Close() {
  MutexLock lock(&mu_);
  closed_ = true;
  if (running_ != nullptr) running_->Cancel();
}

absl::StatusOr<std::unique_ptr<VerifyStream>> VerifyStream::Start(
    Store* store, VerifyGate* gate, uint64_t bytes_per_second) {
  std::unique_ptr<VerifyStream> stream(new VerifyStream(store, gate));
  absl::Status status = gate->Enter(stream.get());
  if (!status.ok()) return status;
  VerifyStream* const running = stream.get();
  try {
    stream->thread_ = std::thread(
        [running, bytes_per_second] { running->Run(bytes_per_second); });
  } catch (const std::system_error& error) {
    gate->Leave();
    return MakeError(
        absl::StatusCode::kResourceExhausted, "NO_THREAD",
        absl::StrCat("no thread to verify the store: ", error.what()));
  }
  stream->entered_ = true;
  return stream;
}

VerifyStream::~VerifyStream() {
  if (!entered_) return;
  Cancel();
  thread_.join();
  gate_->Leave();
}

void VerifyStream::Cancel() {
  cancelled_.store(true, std::memory_order_relaxed);
  MutexLock lock(&mu_);
  changed_.SignalAll();
}

void VerifyStream::Run(uint64_t bytes_per_second) {
  engine::VerifyOptions options;
  options.bytes_per_second = bytes_per_second;
  options.cancelled = &cancelled_;
  const auto result = store_->Verify(
      options,
      [this](const engine::VerifyFinding& finding) {
        MutexLock lock(&mu_);
        while (waiting_.findings.size() >= kFindingsMax &&
               !cancelled_.load(std::memory_order_relaxed)) {
          changed_.Wait(&mu_);
        }
        waiting_.findings.push_back(finding);
        changed_.SignalAll();
      },
      [this](const engine::VerifyProgress& progress) {
        MutexLock lock(&mu_);
        waiting_.progress = progress;
      });
  MutexLock lock(&mu_);
  if (result.ok()) waiting_.progress = *result;
  result_ = result.status();
  changed_.SignalAll();
}

absl::StatusOr<std::optional<VerifyEvent>> VerifyStream::Next(
    const CallContext& context) {
  if (at_end_) return {std::nullopt};
  MutexLock lock(&mu_);
  for (int look = 0; look < kLooksPerEvent; ++look) {
    if (cancelled_.load(std::memory_order_relaxed)) return ShuttingDown();
    absl::Status wanted = context.Check();
    if (!wanted.ok()) return wanted;
    if (!waiting_.findings.empty() || result_) break;
    changed_.WaitFor(&mu_, kLookMicros);
  }
  // An error shows only once what was found before it has been handed out.
  if (result_ && !result_->ok() && waiting_.findings.empty()) return *result_;
  at_end_ = result_ && result_->ok();
  VerifyEvent event;
  event.progress = waiting_.progress;
  event.findings.swap(waiting_.findings);
  changed_.SignalAll();
  return {std::move(event)};
}

}  // namespace lsmkv::service
