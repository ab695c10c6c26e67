#include "client/src/scan_source.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/client/fake_clock.h"
#include "tests/client/fake_stub.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

v1::StreamScanResponse Chunk(const std::vector<std::string>& keys) {
  v1::StreamScanResponse chunk;
  chunk.set_snapshot_version(99);
  for (const std::string& key : keys) {
    v1::Record* record = chunk.add_records();
    record->set_key(key);
    record->set_value("value of " + key);
    record->set_version(5);
  }
  return chunk;
}

class ScanSourceTest : public testing::Test {
 protected:
  std::shared_ptr<ScanScript> AddScan(std::deque<v1::StreamScanResponse> chunks,
                                      absl::Status end = absl::OkStatus()) {
    auto scan = std::make_shared<ScanScript>();
    scan->chunks = std::move(chunks);
    scan->end = std::move(end);
    stub_->scans.push_back(scan);
    return scan;
  }

  ScanRange Open(const CallOptions& options = {}) {
    return ScanRange(std::make_unique<ScanSource>(
        stub_, &clock_, Resolve(Operation::kScan, options),
        v1::StreamScanRequest()));
  }

  // The keys, and after them the error if there is one.
  static std::vector<std::string> Read(ScanRange range) {
    std::vector<std::string> seen;
    for (const auto& record : range) {
      seen.push_back(record.ok() ? record->key : record.status().ToString());
    }
    return seen;
  }

  const std::shared_ptr<FakeStub> stub_ = std::make_shared<FakeStub>();
  FakeClock clock_;
};

using Seen = std::vector<std::string>;

TEST_F(ScanSourceTest, RecordsOfAllChunksComeInOrder) {
  const auto scan = AddScan({Chunk({"a", "b"}), Chunk({}), Chunk({"c"})});
  EXPECT_EQ(Read(Open()), (Seen{"a", "b", "c"}));
  EXPECT_TRUE(scan->finished);
  EXPECT_FALSE(scan->cancelled);
}

TEST_F(ScanSourceTest, EmptyScanIsAnEmptyRange) {
  AddScan({});
  EXPECT_EQ(Read(Open()), Seen{});
}

TEST_F(ScanSourceTest, RecordCarriesValueVersionAndSnapshot) {
  AddScan({Chunk({"a"})});
  ScanRange range = Open();
  EXPECT_EQ(range.snapshot_version(), 0u);
  auto it = range.begin();
  ASSERT_NE(it, range.end());
  ASSERT_OK(*it);
  EXPECT_EQ(**it, (Record{"a", "value of a", 5}));
  EXPECT_EQ(range.snapshot_version(), 99u);
}

TEST_F(ScanSourceTest, NothingIsSentBeforeBegin) {
  AddScan({Chunk({"a"})});
  ScanRange range = Open();
  EXPECT_TRUE(stub_->calls.empty());
  range.begin();
  EXPECT_EQ(stub_->calls.size(), 1u);
}

TEST_F(ScanSourceTest, EarlyDestructionCancels) {
  const auto scan = AddScan({Chunk({"a", "b"}), Chunk({"c"})});
  {
    ScanRange range = Open();
    EXPECT_NE(range.begin(), range.end());
  }
  EXPECT_TRUE(scan->cancelled);
  EXPECT_TRUE(scan->finished);
}

TEST_F(ScanSourceTest, DestructionBeforeBeginOpensNothing) {
  { ScanRange range = Open(); }
  EXPECT_TRUE(stub_->calls.empty());
}

TEST_F(ScanSourceTest, MovedFromRangeDoesNotCancel) {
  const auto scan = AddScan({Chunk({"a"}), Chunk({"b"})});
  ScanRange moved;
  {
    ScanRange range = Open();
    EXPECT_NE(range.begin(), range.end());
    moved = std::move(range);
  }
  EXPECT_FALSE(scan->cancelled);
  EXPECT_EQ(Read(std::move(moved)), (Seen{"a", "b"}));
}

TEST_F(ScanSourceTest, MidStreamErrorIsTheLastElementAndIsNotRetried) {
  AddScan({Chunk({"a"})}, absl::UnavailableError("gone"));
  AddScan({Chunk({"never"})});
  const Seen seen = Read(Open());
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], "a");
  EXPECT_EQ(seen[1], "UNAVAILABLE: scan broken off: gone");
  EXPECT_EQ(stub_->calls.size(), 1u);
}

TEST_F(ScanSourceTest, FailureBeforeTheFirstRecordIsRetried) {
  AddScan({}, absl::UnavailableError("starting"));
  AddScan({Chunk({"a"})});
  EXPECT_EQ(Read(Open()), Seen{"a"});
  EXPECT_EQ(stub_->calls.size(), 2u);
  EXPECT_EQ(clock_.sleeps.size(), 1u);
}

TEST_F(ScanSourceTest, RetriesEndAndSayHowMany) {
  for (int i = 0; i < 10; ++i) AddScan({}, absl::UnavailableError("down"));
  const Seen seen = Read(Open());
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0], "UNAVAILABLE: down (4 attempts; retry limit reached)");
}

TEST_F(ScanSourceTest, PermanentStartErrorIsTheOnlyElement) {
  AddScan({}, absl::InvalidArgumentError("bad range"));
  EXPECT_EQ(Read(Open()), Seen{"INVALID_ARGUMENT: bad range"});
}

TEST_F(ScanSourceTest, LongTimeoutIsTheDeadlineAndTheAttemptsIsIgnored) {
  AddScan({});
  Read(Open({.timeout = std::chrono::milliseconds(1),
             .long_timeout = std::chrono::seconds(30),
             .attempt_timeout = std::chrono::milliseconds(1)}));
  ASSERT_EQ(stub_->calls.size(), 1u);
  EXPECT_EQ(stub_->calls[0].deadline,
            clock_.WallNow() + std::chrono::seconds(30));
}

}  // namespace
}  // namespace lsmkv::client
