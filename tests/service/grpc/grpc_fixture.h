// GrpcTest: a GrpcServer on a free port over a store in memory, and stubs.

#ifndef LSMKV_TESTS_SERVICE_GRPC_GRPC_FIXTURE_H_
#define LSMKV_TESTS_SERVICE_GRPC_GRPC_FIXTURE_H_

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "lsmkv/engine/mutex.h"
#include "lsmkv/v1/admin.grpc.pb.h"
#include "lsmkv/v1/kv.grpc.pb.h"
#include "service/core/kv_core.h"
#include "service/grpc/grpc_server.h"
#include "service/grpc/rpc_methods.h"
#include "service/observability/logger.h"
#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {

// Keeps what the server tells of its calls.
class RecordingObserver : public RpcObserver {
 public:
  void OnStarted(size_t method) override { Count(&started_, method); }
  void OnReceived(size_t method) override { Count(&received_, method); }
  void OnSent(size_t method) override { Count(&sent_, method); }
  void OnHandled(size_t method, int code, double) override {
    engine::MutexLock lock(&mu_);
    ++handled_[{method, code}];
  }
  int started(RpcId id) { return Read(&started_, id); }
  int received(RpcId id) { return Read(&received_, id); }
  int sent(RpcId id) { return Read(&sent_, id); }
  int handled(RpcId id, grpc::StatusCode code) {
    engine::MutexLock lock(&mu_);
    return handled_[{static_cast<size_t>(id), static_cast<int>(code)}];
  }

 private:
  using Counts = std::map<size_t, int>;
  void Count(Counts* counts, size_t method) {
    engine::MutexLock lock(&mu_);
    ++(*counts)[method];
  }
  int Read(Counts* counts, RpcId id) {
    engine::MutexLock lock(&mu_);
    return (*counts)[static_cast<size_t>(id)];
  }

  engine::Mutex mu_;
  // Guarded by mu_, as all of this is; taken by address above.
  Counts started_;
  Counts received_;
  Counts sent_;
  std::map<std::pair<size_t, int>, int> handled_ ABSL_GUARDED_BY(mu_);
};

class GrpcTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(Limits()); }

  void Restart(const Limits& limits) {
    server_.reset();
    core_ = std::make_unique<KvCore>(&store_, limits);
    GrpcServerOptions options;
    options.listen = "127.0.0.1:0";
    options.info.version = "1.2.3";
    ASSERT_OK_AND_ASSIGN(
        server_, GrpcServer::Start(options, core_.get(), &observer_, &logger_));
    server_->SetServing(true, true);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    channel_ = grpc::CreateCustomChannel(
        server_->address(), grpc::InsecureChannelCredentials(), arguments);
    kv_ = v1::KvService::NewStub(channel_);
    admin_ = v1::AdminService::NewStub(channel_);
  }

  grpc::Status Put(const std::string& key, const std::string& value) {
    grpc::ClientContext context;
    v1::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    v1::PutResponse response;
    return kv_->Put(&context, request, &response);
  }
  grpc::Status Get(const std::string& key, v1::GetResponse* response) {
    grpc::ClientContext context;
    v1::GetRequest request;
    request.set_key(key);
    return kv_->Get(&context, request, response);
  }
  // `count` records of a key of 8 bytes and `value_bytes` of value.
  void Fill(int count, size_t value_bytes) {
    for (int i = 0; i < count; ++i) {
      WriteRequest write;
      write.operations.push_back({Operation::Kind::kPut,
                                  "k" + std::to_string(1'000'000 + i),
                                  std::string(value_bytes, 'v')});
      store_.Write(std::move(write), [](absl::StatusOr<uint64_t> version) {
        ASSERT_OK(version);
      });
    }
  }

  static google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.details_size(), 1);
    if (details.details_size() == 1) details.details(0).UnpackTo(&info);
    return info;
  }

  // Waits until `condition` holds; false if it never does.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto limit =
        std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }

  testing::MemStore store_;
  RecordingObserver observer_;
  Logger logger_{LogFormat::kText, LogLevel::kError};
  std::unique_ptr<KvCore> core_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::KvService::Stub> kv_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_TESTS_SERVICE_GRPC_GRPC_FIXTURE_H_
