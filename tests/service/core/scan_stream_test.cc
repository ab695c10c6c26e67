#include "service/core/scan_stream.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

class ScanStreamTest : public ::testing::Test {
 protected:
  void Put(std::string key, std::string value) {
    WriteRequest request;
    request.operations.push_back(
        {Operation::Kind::kPut, std::move(key), std::move(value)});
    store_.Write(std::move(request),
                 [](absl::StatusOr<uint64_t> version) { ASSERT_OK(version); });
  }
  std::unique_ptr<ScanStream> Stream(const ScanRequest& request,
                                     uint64_t chunk_bytes) {
    return NewScanStream(&store_, {}, request, chunk_bytes);
  }
  // The sizes of the chunks, in order.
  static std::vector<size_t> ChunkSizes(ScanStream* stream) {
    std::vector<size_t> sizes;
    while (true) {
      auto chunk = stream->Next({});
      EXPECT_OK(chunk);
      if (!chunk.ok() || !chunk->has_value()) return sizes;
      sizes.push_back((*chunk)->size());
    }
  }

  testing::MemStore store_;
};

TEST_F(ScanStreamTest, ChunksHoldWhatFits) {
  for (int i = 0; i < 5; ++i) Put("k" + std::to_string(i), "12345678");
  EXPECT_EQ(ChunkSizes(Stream({}, 20).get()), (std::vector<size_t>{2, 2, 1}));
}

TEST_F(ScanStreamTest, RecordLargerThanAChunkComesAlone) {
  Put("a", "1");
  Put("b", std::string(100, 'x'));
  Put("c", "1");
  EXPECT_EQ(ChunkSizes(Stream({}, 10).get()), (std::vector<size_t>{1, 1, 1}));
}

TEST_F(ScanStreamTest, LimitAndKeysOnlyHold) {
  for (int i = 0; i < 5; ++i) Put("k" + std::to_string(i), "12345678");
  ScanRequest request;
  request.limit = 3;
  request.keys_only = true;
  request.reverse = true;
  auto stream = Stream(request, 1000);
  ASSERT_OK_AND_ASSIGN(auto chunk, stream->Next({}));
  ASSERT_TRUE(chunk.has_value());
  ASSERT_EQ(chunk->size(), 3u);
  EXPECT_EQ((*chunk)[0].key, "k4");
  EXPECT_EQ((*chunk)[0].value, "");
  ASSERT_OK_AND_ASSIGN(auto end, stream->Next({}));
  EXPECT_FALSE(end.has_value());
}

TEST_F(ScanStreamTest, StreamSeesTheMomentItWasMade) {
  Put("a", "1");
  auto stream = Stream({}, 1000);
  EXPECT_EQ(stream->snapshot_version(), 1u);
  Put("a", "2");
  Put("b", "2");
  ASSERT_OK_AND_ASSIGN(auto chunk, stream->Next({}));
  ASSERT_EQ(chunk->size(), 1u);
  EXPECT_EQ((*chunk)[0].value, "1");
}

TEST_F(ScanStreamTest, ErrorIsNotTheEnd) {
  Put("a", "1");
  Put("b", "1");
  auto stream = Stream({}, 1);
  ASSERT_OK(stream->Next({}));
  store_.FailReads(absl::DataLossError("bad block"));
  // "b" had been read before the damage.
  ASSERT_OK(stream->Next({}));
  EXPECT_STATUS(stream->Next({}), absl::StatusCode::kDataLoss);
}

TEST_F(ScanStreamTest, CancelledStreamStops) {
  Put("a", "1");
  CallContext context;
  context.cancelled = [] { return true; };
  EXPECT_STATUS(Stream({}, 1)->Next(context), absl::StatusCode::kCancelled);
}

TEST_F(ScanStreamTest, FilteredWalkLooksAtItsContext) {
  for (int i = 0; i < 600; ++i) Put("k" + std::to_string(1000 + i), "");
  ScanRequest request;
  request.key_contains = "absent";
  int asked = 0;
  CallContext context;
  context.cancelled = [&asked] { return ++asked > 2; };
  EXPECT_STATUS(Stream(request, 1000)->Next(context),
                absl::StatusCode::kCancelled);
}

TEST_F(ScanStreamTest, SnapshotGoesWithTheStream) {
  auto stream = Stream({}, 1);
  EXPECT_EQ(store_.open_snapshots(), 1u);
  stream.reset();
  EXPECT_EQ(store_.open_snapshots(), 0u);
}

}  // namespace
}  // namespace lsmkv::service
