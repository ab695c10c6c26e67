// KvService over gRPC: decode, call the core, encode.
//
// Get runs on gRPC's threads. Writes wait on no thread: the engine's callback
// ends the call. What may take long (BatchGet, Scan, StreamScan) runs on a
// pool of workers.

#ifndef LSMKV_SERVICE_GRPC_KV_SERVICE_H_
#define LSMKV_SERVICE_GRPC_KV_SERVICE_H_

#include <chrono>

#include "lsmkv/v1/kv.grpc.pb.h"
#include "service/grpc/rpc_call.h"
#include "service/grpc/rpc_workers.h"
#include "service/grpc/stream_reactor.h"
#include "service/grpc/stream_watch.h"

namespace lsmkv::service {

class KvServiceImpl : public v1::KvService::CallbackService {
 public:
  struct Options {
    int worker_threads = 4;
    size_t queued_max = 1024;
    std::chrono::milliseconds stall_timeout{300'000};
    std::chrono::milliseconds watch_interval{1'000};
  };

  KvServiceImpl(const RpcEnvironment& environment, const Options& options);

  // Streams that still run at `time` end with UNAVAILABLE (SHUTTING_DOWN).
  void StopStreamsAt(std::chrono::steady_clock::time_point time);

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context,
                                const v1::PutRequest* request,
                                v1::PutResponse* response) override;
  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* Delete(grpc::CallbackServerContext* context,
                                   const v1::DeleteRequest* request,
                                   v1::DeleteResponse* response) override;
  grpc::ServerUnaryReactor* BatchGet(grpc::CallbackServerContext* context,
                                     const v1::BatchGetRequest* request,
                                     v1::BatchGetResponse* response) override;
  grpc::ServerUnaryReactor* BatchWrite(
      grpc::CallbackServerContext* context,
      const v1::BatchWriteRequest* request,
      v1::BatchWriteResponse* response) override;
  grpc::ServerUnaryReactor* DeleteRange(
      grpc::CallbackServerContext* context,
      const v1::DeleteRangeRequest* request,
      v1::DeleteRangeResponse* response) override;
  grpc::ServerUnaryReactor* Scan(grpc::CallbackServerContext* context,
                                 const v1::ScanRequest* request,
                                 v1::ScanResponse* response) override;
  grpc::ServerWriteReactor<v1::StreamScanResponse>* StreamScan(
      grpc::CallbackServerContext* context,
      const v1::StreamScanRequest* request) override;

 private:
  const RpcEnvironment environment_;
  RpcWorkers workers_;
  StreamWatch watch_;
  StreamEnvironment streams_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_KV_SERVICE_H_
