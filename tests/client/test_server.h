// TestServer: a KvService over a std::map, in the test's own process, on a
// free port. Keeps what the client sent for the test to look at.
//
// Keys with a meaning: Get of "blocked" answers only once Release was called,
// and comes once at most;
// Get of "refused" is FAILED_PRECONDITION with an ErrorInfo. A StreamScan of
// the prefix "endless" ends only when its client goes away.

#ifndef LSMKV_TESTS_CLIENT_TEST_SERVER_H_
#define LSMKV_TESTS_CLIENT_TEST_SERVER_H_

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <grpcpp/server.h>

#include "lsmkv/v1/kv.grpc.pb.h"

namespace lsmkv::client {

class TestServer : public v1::KvService::Service {
 public:
  // Serves at once; port 0 picks a free one.
  explicit TestServer(int port = 0);
  ~TestServer() override;

  int port() const { return port_; }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  // Ready once a blocked call has come.
  std::future<void> BlockedCallCame() { return blocked_.get_future(); }
  // Lets blocked calls go on.
  void Release();
  // Sends its clients away, takes no new ones, and waits for the calls under
  // way.
  void Drain();
  // Ready once an endless scan has ended.
  std::future<void> ScanEnded() { return scan_ended_.get_future(); }
  std::string last_user_agent() const;
  void SetServing(bool serving);

  grpc::Status Put(grpc::ServerContext* context, const v1::PutRequest* request,
                   v1::PutResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const v1::GetRequest* request,
                   v1::GetResponse* response) override;
  grpc::Status BatchWrite(grpc::ServerContext* context,
                          const v1::BatchWriteRequest* request,
                          v1::BatchWriteResponse* response) override;
  grpc::Status StreamScan(
      grpc::ServerContext* context, const v1::StreamScanRequest* request,
      grpc::ServerWriter<v1::StreamScanResponse>* writer) override;

 private:
  mutable std::mutex mu_;  // guards the next three
  std::map<std::string, v1::Record> records_;
  uint64_t version_ = 0;
  std::string user_agent_;

  std::promise<void> blocked_;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  std::promise<void> scan_ended_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// A TCP port of this machine held by the test. Connecting to it is refused, or
// with `listening` accepted by the system and never answered.
class DeadPort {
 public:
  explicit DeadPort(bool listening);
  ~DeadPort();
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_ = -1;
  int port_ = 0;
};

}  // namespace lsmkv::client

#endif  // LSMKV_TESTS_CLIENT_TEST_SERVER_H_
