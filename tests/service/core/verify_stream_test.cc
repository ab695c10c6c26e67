#include "service/core/verify_stream.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

class VerifyStreamTest : public ::testing::Test {
 protected:
  std::unique_ptr<VerifyStream> Start() {
    auto stream = VerifyStream::Start(&store_, &gate_, 0);
    EXPECT_OK(stream);
    return stream.ok() ? *std::move(stream) : nullptr;
  }
  // All findings, and the last numbers.
  static absl::StatusOr<VerifyEvent> ReadAll(VerifyStream* stream) {
    VerifyEvent all;
    while (true) {
      auto event = stream->Next({});
      if (!event.ok()) return event.status();
      if (!event->has_value()) return all;
      for (auto& finding : (*event)->findings) all.findings.push_back(finding);
      all.progress = (*event)->progress;
    }
  }

  testing::MemStore store_;
  VerifyGate gate_;
};

TEST_F(VerifyStreamTest, FindingsComeInOrderAndTheLastEventHasTheNumbers) {
  store_.SetVerify(testing::MemStore::Finds({7, 8, 9}));
  ASSERT_OK_AND_ASSIGN(const VerifyEvent all, ReadAll(Start().get()));
  ASSERT_EQ(all.findings.size(), 3u);
  EXPECT_EQ(all.findings[0].offset, 7u);
  EXPECT_EQ(all.findings[2].offset, 9u);
  EXPECT_EQ(all.progress.files, 1u);
  EXPECT_EQ(all.progress.bytes, 1000u);
  EXPECT_EQ(all.progress.findings, 3u);
}

TEST_F(VerifyStreamTest, CleanStoreStillTellsItsNumbersOnce) {
  store_.SetVerify(testing::MemStore::Finds({}));
  const auto stream = Start();
  ASSERT_OK_AND_ASSIGN(const auto event, stream->Next({}));
  ASSERT_TRUE(event.has_value());
  ASSERT_OK_AND_ASSIGN(const auto end, stream->Next({}));
  EXPECT_FALSE(end.has_value());
}

TEST_F(VerifyStreamTest, ManyFindingsWaitForTheCaller) {
  std::vector<uint64_t> places(5000);
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  store_.SetVerify(testing::MemStore::Finds(places));
  ASSERT_OK_AND_ASSIGN(const VerifyEvent all, ReadAll(Start().get()));
  EXPECT_EQ(all.findings.size(), places.size());
}

TEST_F(VerifyStreamTest, UnreadFindingsDoNotKeepTheStreamFromGoing) {
  store_.SetVerify(testing::MemStore::Finds(std::vector<uint64_t>(5000, 1)));
  Start().reset();
  EXPECT_OK(gate_.Enter(nullptr));
}

TEST_F(VerifyStreamTest, OneAtATime) {
  store_.SetVerify(testing::MemStore::RunsUntilCancelled());
  auto first = Start();
  const auto second = VerifyStream::Start(&store_, &gate_, 0);
  EXPECT_STATUS_CONTAINS(second, absl::StatusCode::kResourceExhausted,
                         "already");
  first.reset();
  EXPECT_OK(VerifyStream::Start(&store_, &gate_, 0));
}

TEST_F(VerifyStreamTest, ErrorOfTheStoreComesAfterWhatWasFound) {
  store_.SetVerify(
      [](const engine::VerifyOptions&, VerifyFindingFn on_finding,
         VerifyProgressFn) -> absl::StatusOr<engine::VerifyProgress> {
        on_finding({"/f", 1, "", "", absl::DataLossError("x")});
        return absl::ResourceExhaustedError("too many open files");
      });
  const auto stream = Start();
  size_t findings = 0;
  absl::Status status;
  while (status.ok()) {
    const auto event = stream->Next({});
    status = event.status();
    if (event.ok() && event->has_value()) findings += (*event)->findings.size();
  }
  EXPECT_EQ(findings, 1u);
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kResourceExhausted,
                         "too many open files");
}

TEST_F(VerifyStreamTest, CallerThatGoesAwayEndsIt) {
  store_.SetVerify(testing::MemStore::RunsUntilCancelled());
  std::atomic<bool> gone{false};
  CallContext context;
  context.cancelled = [&gone] { return gone.load(); };
  const auto stream = Start();
  EXPECT_OK(stream->Next(context));
  gone.store(true);
  EXPECT_STATUS(stream->Next(context), absl::StatusCode::kCancelled);
}

TEST_F(VerifyStreamTest, LongOneTellsHowFarItIs) {
  store_.SetVerify(testing::MemStore::RunsUntilCancelled());
  const auto stream = Start();
  ASSERT_OK_AND_ASSIGN(const auto event, stream->Next({}));
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->progress.bytes_total, 1000u);
}

TEST_F(VerifyStreamTest, ClosedGateEndsItAndLetsNoneIn) {
  store_.SetVerify(testing::MemStore::RunsUntilCancelled());
  const auto stream = Start();
  gate_.Close();
  EXPECT_STATUS(stream->Next({}), absl::StatusCode::kUnavailable);
  EXPECT_STATUS(VerifyStream::Start(&store_, &gate_, 0),
                absl::StatusCode::kUnavailable);
}

TEST_F(VerifyStreamTest, SpeedReachesTheStore) {
  std::atomic<uint64_t> seen{0};
  store_.SetVerify(
      [&seen](const engine::VerifyOptions& options, VerifyFindingFn,
              VerifyProgressFn) -> absl::StatusOr<engine::VerifyProgress> {
        seen.store(options.bytes_per_second);
        return engine::VerifyProgress();
      });
  KvCore core(&store_, Limits());
  ASSERT_OK_AND_ASSIGN(const auto stream, core.Verify({}, 123));
  EXPECT_OK(ReadAll(stream.get()));
  EXPECT_EQ(seen.load(), 123u);
}

}  // namespace
}  // namespace lsmkv::service
