#include "service/grpc/stream_reactor.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/service/grpc/grpc_fixture.h"

namespace lsmkv::service {
namespace {

using Reader = grpc::ClientReader<v1::StreamScanResponse>;

class StreamReactorTest : public GrpcTest {
 protected:
  // More than the windows of HTTP/2 and the socket take.
  void FillMuch() { Fill(400, 256 << 10); }
};

TEST_F(StreamReactorTest, StreamIsTheWholeRangeInChunksOfOneSnapshot) {
  Fill(100, 10'000);
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  int records = 0;
  int chunks = 0;
  while (reader->Read(&chunk)) {
    ++chunks;
    records += chunk.records_size();
    EXPECT_GE(chunk.records_size(), 1);
    EXPECT_LE(chunk.ByteSizeLong(), 300u << 10);
    EXPECT_EQ(chunk.snapshot_version(), 100u);
    if (chunks == 1) {
      ASSERT_TRUE(Put("z", "new").ok());
    }
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(records, 100);
  EXPECT_EQ(chunks, 4);
  EXPECT_EQ(observer_.sent(RpcId::kStreamScan), 4);
  EXPECT_EQ(observer_.handled(RpcId::kStreamScan, grpc::StatusCode::OK), 1);
}

TEST_F(StreamReactorTest, BadRangeEndsTheStreamWithItsReason) {
  grpc::ClientContext context;
  v1::StreamScanRequest request;
  request.mutable_range()->set_prefix("a");
  request.mutable_range()->set_start_key("b");
  auto reader = kv_->StreamScan(&context, request);
  v1::StreamScanResponse chunk;
  EXPECT_FALSE(reader->Read(&chunk));
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "INVALID_RANGE");
}

TEST_F(StreamReactorTest, DamageEndsTheStreamWithDataLoss) {
  FillMuch();
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  store_.FailReads(absl::DataLossError("bad block"));
  while (reader->Read(&chunk)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DATA_LOSS);
}

TEST_F(StreamReactorTest, ServerReadsNoFurtherThanItsClient) {
  FillMuch();  // 400 chunks
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  // The count comes to rest where the windows are full.
  int last = -1;
  ASSERT_TRUE(Eventually([&] {
    const int sent = observer_.sent(RpcId::kStreamScan);
    v1::GetResponse response;
    for (int i = 0; i < 50; ++i) (void)Get("absent", &response);
    const bool rests = sent == last && sent > 0;
    last = sent;
    return rests;
  }));
  EXPECT_LT(last, 200);
  while (reader->Read(&chunk)) {
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(observer_.sent(RpcId::kStreamScan), 400);
}

TEST_F(StreamReactorTest, CancelledStreamLetsGoOfItsSnapshot) {
  FillMuch();
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  EXPECT_EQ(store_.open_snapshots(), 1u);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([this] { return store_.open_snapshots() == 0; }));
  EXPECT_TRUE(Eventually([this] {
    return observer_.handled(RpcId::kStreamScan, grpc::StatusCode::CANCELLED) ==
           1;
  }));
}

TEST_F(StreamReactorTest, ServersDeadlineEndsAStreamThatIsNotRead) {
  Limits limits;
  limits.deadline_max_ms = 50;
  Restart(limits);
  FillMuch();
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  EXPECT_TRUE(Eventually([this] {
    return observer_.handled(RpcId::kStreamScan,
                             grpc::StatusCode::DEADLINE_EXCEEDED) == 1;
  }));
  EXPECT_EQ(store_.open_snapshots(), 0u);
  context.TryCancel();
  (void)reader->Finish();
}

TEST_F(StreamReactorTest, ShutdownEndsAStuckStreamInTime) {
  FillMuch();
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  const auto start = std::chrono::steady_clock::now();
  server_->Shutdown(std::chrono::milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(store_.open_snapshots(), 0u);
  while (reader->Read(&chunk)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(StreamReactorTest, ShutdownEndsARunningStreamAsUnavailable) {
  FillMuch();
  grpc::ClientContext context;
  auto reader = kv_->StreamScan(&context, {});
  v1::StreamScanResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  auto down = std::async(std::launch::async, [this] {
    server_->Shutdown(std::chrono::seconds(0));
  });
  while (reader->Read(&chunk)) {
  }
  const grpc::StatusCode code = reader->Finish().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::UNAVAILABLE ||
              code == grpc::StatusCode::CANCELLED)
      << code;
  down.get();
}

}  // namespace
}  // namespace lsmkv::service
