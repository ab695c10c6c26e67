// StreamReactor: one server-streaming call. Makes one message at a time on a
// worker and has one write outstanding, so that the client's pace sets the
// server's and memory is one message, whatever the length of the stream.

#ifndef LSMKV_SERVICE_GRPC_STREAM_REACTOR_H_
#define LSMKV_SERVICE_GRPC_STREAM_REACTOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <grpcpp/grpcpp.h>

#include "service/core/error.h"
#include "service/core/kv_core.h"
#include "service/grpc/rpc_call.h"
#include "service/grpc/rpc_workers.h"
#include "service/grpc/stream_watch.h"

namespace lsmkv::service {

// What all streams share; outlives them.
struct StreamEnvironment {
  RpcWorkers* workers = nullptr;
  StreamWatch* watch = nullptr;
  // How long a client may leave a message unread.
  std::chrono::milliseconds stall_timeout{300'000};
  // Nanoseconds of the steady clock from which streams end with UNAVAILABLE,
  // because the server is going down. A value alone, nothing comes with it.
  std::atomic<int64_t> stop_at_ns{INT64_MAX};

  void StopAt(std::chrono::steady_clock::time_point time) {
    stop_at_ns.store(SteadyNs(time), std::memory_order_relaxed);
  }
  static int64_t SteadyNs(std::chrono::steady_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               time.time_since_epoch())
        .count();
  }
};

// Makes itself known to the watch, lives until gRPC is done with it.
template <typename Response>
class StreamReactor : public grpc::ServerWriteReactor<Response>,
                      private WatchedStream {
 public:
  // Fills the next message; false at the end. What it holds goes when the
  // stream ends.
  using Source = std::function<absl::StatusOr<bool>(const CallContext& context,
                                                    Response* message)>;
  // Runs on a worker, once.
  using Opener =
      std::function<absl::StatusOr<Source>(const CallContext& context)>;

  StreamReactor(const RpcEnvironment& environment, RpcId id,
                StreamEnvironment* streams,
                grpc::CallbackServerContext* server_context, Opener open)
      : record_(environment, id),
        streams_(streams),
        server_context_(server_context),
        open_(std::move(open)) {
    record_.Received();
    context_.deadline =
        environment.core->DeadlineFor(DeadlineOf(*server_context), true);
    context_.cancelled = [this] {
      return cancelled_.load(std::memory_order_relaxed);
    };
    streams_->watch->Add(this);
    absl::Status status = streams_->workers->Submit([this] { Open(); });
    if (!status.ok()) End(status);
  }

 private:
  using Clock = std::chrono::steady_clock;

  ~StreamReactor() override = default;

  // On a worker: the first step, and every further one.
  void Open() {
    auto source = open_(context_);
    if (!source.ok()) return End(source.status());
    source_ = *std::move(source);
    SendNext();
  }
  void SendNext() {
    absl::Status status = CheckRunning();
    if (!status.ok()) return End(status);
    message_.Clear();
    const absl::StatusOr<bool> more = source_(context_, &message_);
    if (!more.ok()) return End(more.status());
    if (!*more) return End(absl::OkStatus());
    writing_since_ns_.store(StreamEnvironment::SteadyNs(Clock::now()),
                            std::memory_order_relaxed);
    this->StartWrite(&message_);
  }
  absl::Status CheckRunning() const {
    const int64_t stop_at =
        streams_->stop_at_ns.load(std::memory_order_relaxed);
    if (StreamEnvironment::SteadyNs(Clock::now()) < stop_at) {
      return absl::OkStatus();
    }
    return MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                     "the server is shutting down");
  }

  void OnWriteDone(bool ok) override {
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
  void OnCancel() override {
    cancelled_.store(true, std::memory_order_relaxed);
  }
  void OnDone() override {
    streams_->watch->Remove(this);
    delete this;
  }
  void EndIfOverdue(Clock::time_point now) override {
    const int64_t since = writing_since_ns_.load(std::memory_order_relaxed);
    // A step is running and looks at the deadline itself.
    if (since == 0) return;
    const bool stalled =
        std::chrono::nanoseconds(StreamEnvironment::SteadyNs(now) - since) >
        streams_->stall_timeout;
    // Fails the outstanding write, and with it the call.
    if (stalled || now > context_.deadline) server_context_->TryCancel();
  }

  void End(const absl::Status& status) {
    // What it holds goes now, not when the client has read all.
    source_ = nullptr;
    record_.Finish(status);
    this->Finish(ToGrpcStatus(status));
  }

  CallRecord record_;
  StreamEnvironment* const streams_;
  grpc::CallbackServerContext* const server_context_;
  CallContext context_;

  // One step at a time touches these: a worker, then gRPC, and so on.
  const Opener open_;
  Source source_;
  Response message_;

  // Flags that are only polled: nothing else is published with them.
  std::atomic<bool> cancelled_{false};
  // Nanoseconds of the steady clock since the outstanding write; 0: none.
  std::atomic<int64_t> writing_since_ns_{0};
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_STREAM_REACTOR_H_
