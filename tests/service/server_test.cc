#include "service/server.h"

#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "lsmkv/v1/kv.grpc.pb.h"
#include "tests/service/http_get.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::service {
namespace {

class ServerTest : public ::testing::Test {
 protected:
  ServerConfig Config() {
    ServerConfig config;
    config.data_dir = env_ ? "/store" : dir_.File("store");
    config.grpc_listen = "127.0.0.1:0";
    config.rest_listen = "127.0.0.1:0";
    config.metrics_listen = "127.0.0.1:0";
    config.engine.env = env_;
    return config;
  }
  void Start() {
    ASSERT_OK_AND_ASSIGN(server_, Server::Start(Config(), &logger_));
    const std::string line = server_->ReadyLine();
    EXPECT_EQ(line.rfind("ready ", 0), 0u);
    grpc_ = Field(line, "grpc=");
    rest_ = Field(line, "rest=");
    metrics_ = Field(line, "metrics=");
    kv_ = v1::KvService::NewStub(
        grpc::CreateChannel(grpc_, grpc::InsecureChannelCredentials()));
  }
  static std::string Field(const std::string& line, const std::string& name) {
    const size_t at = line.find(name);
    if (at == std::string::npos) return "";
    const size_t start = at + name.size();
    return line.substr(start, line.find(' ', start) - start);
  }
  grpc::Status Put(const std::string& key, const std::string& value) {
    grpc::ClientContext context;
    v1::PutRequest request;
    request.set_key(key);
    request.set_value(value);
    v1::PutResponse response;
    return kv_->Put(&context, request, &response);
  }

  TempDir dir_;
  Logger logger_{LogFormat::kText, LogLevel::kError};
  engine::Env* env_ = nullptr;  // null: the real one
  std::unique_ptr<Server> server_;
  std::string grpc_;
  std::string rest_;
  std::string metrics_;
  std::unique_ptr<v1::KvService::Stub> kv_;
};

TEST_F(ServerTest, AllListenersShowOneStore) {
  Start();
  ASSERT_TRUE(Put("user:1", "data").ok());
  const HttpAnswer rest = HttpGet(rest_, "/keys/user:1");
  EXPECT_EQ(rest.status, 200u);
  EXPECT_NE(rest.body.find("\"value\":\"data\""), std::string::npos)
      << rest.body;
  const HttpAnswer metrics = HttpGet(metrics_, "/metrics");
  EXPECT_EQ(metrics.status, 200u);
  EXPECT_NE(metrics.body.find("\nlsmkv_engine_writes_total 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.body.find(
                "grpc_server_handled_total{grpc_code=\"OK\",grpc_method="
                "\"Put\",grpc_service=\"lsmkv.v1.KvService\",grpc_type="
                "\"unary\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.body.find("lsmkv_gateway_requests_total{"),
            std::string::npos);
  EXPECT_EQ(HttpGet(metrics_, "/readyz").status, 200u);
}

TEST_F(ServerTest, WhatWasWrittenIsThereAfterARestart) {
  Start();
  ASSERT_TRUE(Put("k", "v").ok());
  ASSERT_OK(server_->Shutdown(std::chrono::seconds(5)));
  Start();
  grpc::ClientContext context;
  v1::GetRequest request;
  request.set_key("k");
  v1::GetResponse response;
  ASSERT_TRUE(kv_->Get(&context, request, &response).ok());
  EXPECT_EQ(response.value(), "v");
}

TEST_F(ServerTest, ShutdownIsQuickAndCanBeRepeated) {
  Start();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_OK(server_->Shutdown(std::chrono::seconds(60)));
  EXPECT_OK(server_->Shutdown(std::chrono::seconds(60)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ServerTest, PortInUseIsNamedWhicheverItIs) {
  Start();
  const std::pair<std::string ServerConfig::*, std::string> listeners[] = {
      {&ServerConfig::grpc_listen, grpc_},
      {&ServerConfig::rest_listen, rest_},
      {&ServerConfig::metrics_listen, metrics_}};
  for (const auto& [field, address] : listeners) {
    ServerConfig config = Config();
    config.data_dir = dir_.File("other");
    config.*field = address;
    EXPECT_STATUS_CONTAINS(Server::Start(config, &logger_),
                           absl::StatusCode::kUnavailable, address);
  }
}

TEST_F(ServerTest, SecondServerOnADirectoryIsRefused) {
  Start();
  EXPECT_STATUS_CONTAINS(Server::Start(Config(), &logger_),
                         absl::StatusCode::kFailedPrecondition,
                         Config().data_dir);
  EXPECT_TRUE(Put("k", "v").ok());
}

TEST_F(ServerTest, ErrorThatStopsWritesShowsInHealthAndReadsGoOn) {
  SimEnv disk;
  env_ = &disk;
  Start();
  ASSERT_TRUE(Put("k", "v").ok());
  disk.FailNth(kSimSync, 1, absl::InternalError("broken disk"), true);
  EXPECT_FALSE(Put("k", "w").ok());
  const grpc::Status refused = Put("k", "x");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const HttpAnswer ready = HttpGet(metrics_, "/readyz");
  EXPECT_EQ(ready.status, 503u);
  EXPECT_NE(ready.body.find("broken disk"), std::string::npos) << ready.body;
  EXPECT_NE(HttpGet(metrics_, "/metrics").body.find("lsmkv_engine_read_only 1"),
            std::string::npos);
  grpc::ClientContext context;
  v1::GetRequest request;
  request.set_key("k");
  v1::GetResponse response;
  EXPECT_TRUE(kv_->Get(&context, request, &response).ok());
  server_.reset();
}

TEST_F(ServerTest, FullDiskShowsInHealthUntilThereIsRoom) {
  SimEnv disk;
  env_ = &disk;
  Start();
  ASSERT_TRUE(Put("k", "v").ok());
  disk.FailNth(kSimAppend | kSimCreate, 1,
               absl::ResourceExhaustedError("No space left on device"), true);
  EXPECT_EQ(Put("k", "w").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(HttpGet(metrics_, "/readyz").status, 503u);
  EXPECT_NE(HttpGet(metrics_, "/metrics").body.find("lsmkv_engine_read_only 1"),
            std::string::npos);
  disk.ClearFaults();
  while (HttpGet(metrics_, "/readyz").status != 200u) {
  }
  EXPECT_TRUE(Put("k", "x").ok());
  EXPECT_NE(HttpGet(metrics_, "/metrics").body.find("lsmkv_engine_read_only 0"),
            std::string::npos);
  server_.reset();
}

TEST_F(ServerTest, DirectoryThatCannotBeMadeIsNamed) {
  ServerConfig config = Config();
  config.data_dir = "/proc/no/such/dir";
  const auto server = Server::Start(config, &logger_);
  EXPECT_FALSE(server.ok());
  EXPECT_NE(std::string(server.status().message()).find("/proc/no/such/dir"),
            std::string::npos)
      << server.status();
}

}  // namespace
}  // namespace lsmkv::service
