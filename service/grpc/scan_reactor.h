// ScanReactor: one StreamScan call. Reads one chunk at a time on a worker and
// has one write outstanding, so that the client's pace sets the server's and
// memory is one chunk, whatever the size of the scan.

#ifndef LSMKV_SERVICE_GRPC_SCAN_REACTOR_H_
#define LSMKV_SERVICE_GRPC_SCAN_REACTOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include <grpcpp/grpcpp.h>

#include "lsmkv/v1/kv.pb.h"
#include "service/core/kv_core.h"
#include "service/grpc/rpc_call.h"
#include "service/grpc/rpc_workers.h"
#include "service/grpc/stream_watch.h"

namespace lsmkv::service {

// What all streams share; outlives them.
struct StreamEnvironment {
  RpcWorkers* workers = nullptr;
  StreamWatch* watch = nullptr;
  // How long a client may leave a chunk unread.
  std::chrono::milliseconds stall_timeout{300'000};
  // Nanoseconds of the steady clock from which streams end with UNAVAILABLE,
  // because the server is going down. A value alone, nothing comes with it.
  std::atomic<int64_t> stop_at_ns{INT64_MAX};
};

// Makes itself known to the watch, lives until gRPC is done with it.
class ScanReactor : public grpc::ServerWriteReactor<v1::StreamScanResponse>,
                    private WatchedStream {
 public:
  ScanReactor(const RpcEnvironment& environment, StreamEnvironment* streams,
              grpc::CallbackServerContext* server_context,
              const v1::StreamScanRequest* request);

 private:
  ~ScanReactor() override = default;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void EndIfOverdue(std::chrono::steady_clock::time_point now) override;

  // Runs on a worker: the first step, and every further one.
  void Open();
  void SendNext();
  void End(const absl::Status& status);
  absl::Status CheckRunning() const;

  CallRecord record_;
  KvCore* const core_;
  StreamEnvironment* const streams_;
  grpc::CallbackServerContext* const server_context_;
  const v1::StreamScanRequest* const request_;
  CallContext context_;

  // One step at a time touches these: a worker, then gRPC, and so on.
  std::unique_ptr<ScanStream> stream_;
  v1::StreamScanResponse chunk_;

  // Flags that are only polled: nothing else is published with them.
  std::atomic<bool> cancelled_{false};
  // Nanoseconds of the steady clock since the outstanding write; 0: none.
  std::atomic<int64_t> writing_since_ns_{0};
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_SCAN_REACTOR_H_
