#include "service/grpc/grpc_server.h"

#include <future>
#include <string>
#include <utility>

#include "grpc/health/v1/health.pb.h"
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>

#include "tests/service/grpc/grpc_fixture.h"

namespace lsmkv::service {
namespace {

using HealthResponse = grpc::health::v1::HealthCheckResponse;

class GrpcServerTest : public GrpcTest {
 protected:
  grpc::Status Health(const std::string& service, HealthResponse* response) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::ClientContext context;
    const grpc::internal::RpcMethod method(
        "/grpc.health.v1.Health/Check", grpc::internal::RpcMethod::NORMAL_RPC,
        channel_);
    return grpc::internal::BlockingUnaryCall<
        grpc::health::v1::HealthCheckRequest, HealthResponse,
        grpc::protobuf::MessageLite, grpc::protobuf::MessageLite>(
        channel_.get(), method, &context, request, response);
  }
  HealthResponse::ServingStatus HealthOf(std::string_view service) {
    HealthResponse response;
    EXPECT_TRUE(Health(std::string(service), &response).ok());
    return response.status();
  }

  // The answer of the reflection service, as bytes.
  std::string Reflect(const std::string& request_bytes) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(
        &context,
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
    const grpc::Slice slice(request_bytes);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
    grpc::Slice all;
    EXPECT_TRUE(answer.DumpToSingleSlice(&all).ok());
    context.TryCancel();
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    queue.Shutdown();
    return {reinterpret_cast<const char*>(all.begin()), all.size()};
  }
};

TEST_F(GrpcServerTest, PutGetDeleteKeepEveryByte) {
  const std::string key("/%\0\xFF", 4);
  const std::string value("\xC3\0\n", 3);
  ASSERT_TRUE(Put(key, value).ok());
  v1::GetResponse got;
  ASSERT_TRUE(Get(key, &got).ok());
  EXPECT_EQ(got.value(), value);
  EXPECT_EQ(got.version(), 1u);
  grpc::ClientContext context;
  v1::DeleteRequest request;
  request.set_key(key);
  v1::DeleteResponse deleted;
  ASSERT_TRUE(kv_->Delete(&context, request, &deleted).ok());
  EXPECT_EQ(deleted.version(), 2u);
  EXPECT_EQ(Get(key, &got).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GrpcServerTest, ErrorsCarryTheirReason) {
  v1::GetResponse response;
  const grpc::Status absent = Get("absent", &response);
  EXPECT_EQ(absent.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(InfoOf(absent).reason(), "KEY_NOT_FOUND");
  const grpc::Status empty = Get("", &response);
  EXPECT_EQ(empty.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(empty).reason(), "INVALID_KEY");
  EXPECT_EQ(InfoOf(empty).domain(), "lsmkv.v1");
}

TEST_F(GrpcServerTest, ValueAtTheLimitPassesAndOneByteMoreIsNamed) {
  const uint64_t limit = core_->limits().value_bytes_max;
  EXPECT_TRUE(Put("k", std::string(limit, 'v')).ok());
  const grpc::Status status = Put("k", std::string(limit + 1, 'v'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "VALUE_TOO_LARGE");
  EXPECT_EQ(InfoOf(status).metadata().at("sizeBytes"),
            std::to_string(limit + 1));
}

TEST_F(GrpcServerTest, MessageAboveEveryLimitIsNamedAndTheServerGoesOn) {
  Limits limits;
  limits.batch_bytes_max = 1 << 20;
  Restart(limits);
  const grpc::Status status = Put("k", std::string(32 << 20, 'v'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(status.error_message().find("larger than max"), std::string::npos)
      << status.error_message();
  EXPECT_TRUE(Put("k", "v").ok());
}

TEST_F(GrpcServerTest, BatchesAreWrittenAndRead) {
  grpc::ClientContext write_context;
  v1::BatchWriteRequest write;
  for (const char* key : {"a", "b"}) {
    auto* put = write.add_operations()->mutable_put();
    put->set_key(key);
    put->set_value("1");
  }
  v1::BatchWriteResponse written;
  ASSERT_TRUE(kv_->BatchWrite(&write_context, write, &written).ok());
  EXPECT_EQ(written.version(), 2u);

  grpc::ClientContext get_context;
  v1::BatchGetRequest get;
  get.add_keys("b");
  get.add_keys("absent");
  v1::BatchGetResponse got;
  ASSERT_TRUE(kv_->BatchGet(&get_context, get, &got).ok());
  ASSERT_EQ(got.results_size(), 2);
  EXPECT_TRUE(got.results(0).found());
  EXPECT_EQ(got.results(0).version(), 2u);
  EXPECT_FALSE(got.results(1).found());

  grpc::ClientContext range_context;
  v1::DeleteRangeRequest range;
  range.set_all(true);
  v1::DeleteRangeResponse deleted;
  ASSERT_TRUE(kv_->DeleteRange(&range_context, range, &deleted).ok());
  v1::GetResponse response;
  EXPECT_EQ(Get("a", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GrpcServerTest, ScanPagesUntilTheTokenIsEmpty) {
  Fill(10, 1);
  v1::ScanRequest request;
  request.set_page_size(4);
  int records = 0;
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ScanResponse page;
    ASSERT_TRUE(kv_->Scan(&context, request, &page).ok());
    records += page.records_size();
    ++pages;
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(records, 10);
  EXPECT_EQ(pages, 3);
}

TEST_F(GrpcServerTest, TokenOfAnotherQueryIsInvalid) {
  Fill(10, 1);
  v1::ScanRequest request;
  request.set_page_size(4);
  grpc::ClientContext first;
  v1::ScanResponse page;
  ASSERT_TRUE(kv_->Scan(&first, request, &page).ok());
  request.set_page_token(page.next_page_token());
  request.set_reverse(true);
  grpc::ClientContext second;
  const grpc::Status status = kv_->Scan(&second, request, &page);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "INVALID_PAGE_TOKEN");
}

TEST_F(GrpcServerTest, AdminAnswers) {
  ASSERT_TRUE(Put("a", "1").ok());
  grpc::ClientContext stats_context;
  v1::GetStatsResponse stats;
  ASSERT_TRUE(admin_->GetStats(&stats_context, {}, &stats).ok());
  EXPECT_EQ(stats.memtable_records(), 1u);
  EXPECT_EQ(stats.server_version(), "1.2.3");
  grpc::ClientContext limits_context;
  v1::GetLimitsResponse limits;
  ASSERT_TRUE(admin_->GetLimits(&limits_context, {}, &limits).ok());
  EXPECT_EQ(limits.key_bytes_max(), 16u << 10);
  EXPECT_EQ(limits.batch_bytes_max(), 64u << 20);
  grpc::ClientContext flush_context;
  v1::FlushResponse flushed;
  ASSERT_TRUE(admin_->Flush(&flush_context, {}, &flushed).ok());
  EXPECT_EQ(store_.GetStats().flushes, 1u);
  grpc::ClientContext compact_context;
  v1::CompactRequest compact;
  compact.mutable_range()->set_prefix("a");
  v1::CompactResponse compacted;
  ASSERT_TRUE(admin_->Compact(&compact_context, compact, &compacted).ok());
  EXPECT_EQ(store_.last_compact().end, "b");
}

TEST_F(GrpcServerTest, EveryCallIsObservedOnceWhateverItsEnd) {
  v1::GetResponse response;
  ASSERT_TRUE(Put("a", "1").ok());
  ASSERT_TRUE(Get("a", &response).ok());
  ASSERT_FALSE(Get("absent", &response).ok());
  ASSERT_FALSE(Get("", &response).ok());
  EXPECT_EQ(observer_.started(RpcId::kGet), 3);
  EXPECT_EQ(observer_.received(RpcId::kGet), 3);
  EXPECT_EQ(observer_.sent(RpcId::kGet), 1);
  EXPECT_EQ(observer_.handled(RpcId::kGet, grpc::StatusCode::OK), 1);
  EXPECT_EQ(observer_.handled(RpcId::kGet, grpc::StatusCode::NOT_FOUND), 1);
  EXPECT_EQ(observer_.handled(RpcId::kGet, grpc::StatusCode::INVALID_ARGUMENT),
            1);
  EXPECT_EQ(observer_.handled(RpcId::kPut, grpc::StatusCode::OK), 1);
}

TEST_F(GrpcServerTest, WritesInFlightHoldUpNothing) {
  store_.HoldWrites();
  std::vector<std::future<grpc::Status>> puts;
  for (int i = 0; i < 64; ++i) {
    puts.push_back(
        std::async(std::launch::async, [this] { return Put("k", "v"); }));
  }
  ASSERT_TRUE(
      Eventually([this] { return observer_.started(RpcId::kPut) == 64; }));
  v1::GetResponse response;
  EXPECT_EQ(Get("k", &response).error_code(), grpc::StatusCode::NOT_FOUND);
  store_.ReleaseWrites();
  for (auto& put : puts) EXPECT_TRUE(put.get().ok());
}

TEST_F(GrpcServerTest, DeadlineOfTheCallerHolds) {
  store_.HoldWrites();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(100));
  v1::PutRequest request;
  request.set_key("k");
  v1::PutResponse response;
  EXPECT_EQ(kv_->Put(&context, request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  store_.ReleaseWrites();
}

TEST_F(GrpcServerTest, HealthIsToldPerService) {
  EXPECT_EQ(HealthOf(""), HealthResponse::SERVING);
  EXPECT_EQ(HealthOf(kKvServiceName), HealthResponse::SERVING);
  server_->SetServing(false, true);
  EXPECT_EQ(HealthOf(""), HealthResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(kKvServiceName), HealthResponse::NOT_SERVING);
  EXPECT_EQ(HealthOf(kAdminServiceName), HealthResponse::SERVING);
  HealthResponse response;
  EXPECT_EQ(Health("no.such.Service", &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(GrpcServerTest, ReflectionListsAndDescribesEveryService) {
  const std::string list = Reflect("\x3a\x01*");  // list_services
  for (const char* service : {"lsmkv.v1.KvService", "lsmkv.v1.AdminService",
                              "grpc.health.v1.Health"}) {
    EXPECT_NE(list.find(service), std::string::npos) << service;
  }
  const std::string symbol = "grpc.health.v1.Health";
  const std::string file =  // file_containing_symbol
      Reflect("\x22" + std::string(1, static_cast<char>(symbol.size())) +
              symbol);
  EXPECT_NE(file.find("health.proto"), std::string::npos);
}

TEST_F(GrpcServerTest, CompressedRequestIsRefused) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::PutRequest request;
  request.set_key("k");
  request.set_value(std::string(100'000, 'v'));
  v1::PutResponse response;
  EXPECT_EQ(kv_->Put(&context, request, &response).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, AddressInUseIsNamed) {
  GrpcServerOptions options;
  options.listen = server_->address();
  EXPECT_STATUS_CONTAINS(
      GrpcServer::Start(options, core_.get(), &observer_, &logger_),
      absl::StatusCode::kUnavailable, server_->address());
}

TEST_F(GrpcServerTest, ShutdownLetsAWriteInFlightEnd) {
  store_.HoldWrites();
  auto put = std::async(std::launch::async, [this] { return Put("k", "v"); });
  ASSERT_TRUE(
      Eventually([this] { return observer_.started(RpcId::kPut) == 1; }));
  auto down = std::async(std::launch::async, [this] {
    server_->Shutdown(std::chrono::seconds(20));
  });
  // New calls are refused while the old one goes on.
  ASSERT_TRUE(Eventually([this] {
    v1::GetResponse response;
    return Get("k", &response).error_code() == grpc::StatusCode::UNAVAILABLE;
  }));
  store_.ReleaseWrites();
  EXPECT_TRUE(put.get().ok());
  down.get();
}

}  // namespace
}  // namespace lsmkv::service
