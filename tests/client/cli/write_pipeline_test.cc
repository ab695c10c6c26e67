#include "client/cli/write_pipeline.h"

#include <thread>

#include "tests/client/cli/cli_fixture.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

using testing::_;

// A store that answers only when the test says so.
class WritePipelineTest : public testing::Test {
 protected:
  struct Pending {
    client::WriteBatch batch;
    client::WriteCallback done;
  };

  WritePipelineTest() {
    ON_CALL(*store_, AsyncWrite(_, _, _))
        .WillByDefault([this](client::WriteBatch batch, const auto&,
                              client::WriteCallback done) {
          if (answer_at_once_) return done(uint64_t{1});
          pending_.push_back({std::move(batch), std::move(done)});
        });
  }

  PipelineOptions Options() {
    PipelineOptions options;
    options.batch_records_max = 2;
    options.in_flight_max = 3;
    options.on_acknowledged = [this](uint64_t line) {
      acknowledged_.push_back(line);
      return absl::OkStatus();
    };
    return options;
  }

  std::shared_ptr<testing::NiceMock<client::MockConnection>> store_ =
      std::make_shared<testing::NiceMock<client::MockConnection>>();
  bool answer_at_once_ = false;
  std::vector<Pending> pending_;
  std::vector<uint64_t> acknowledged_;
};

TEST_F(WritePipelineTest, AnswersInAnyOrderAreAcknowledgedInOrder) {
  WritePipeline pipeline(client::Client(store_), Options());
  for (uint64_t line = 1; line <= 6; ++line) {
    ASSERT_OK(pipeline.Add("k" + std::to_string(line), "v", line));
  }
  ASSERT_EQ(pending_.size(), 3u);  // three in flight, no answer yet
  EXPECT_EQ(pipeline.acknowledged_line(), 0u);
  pending_[2].done(uint64_t{3});
  pending_[0].done(uint64_t{1});
  std::thread last([this] { pending_[1].done(uint64_t{2}); });
  ASSERT_OK(pipeline.Finish());
  last.join();
  EXPECT_EQ(acknowledged_, (std::vector<uint64_t>{2, 4, 6}));
  EXPECT_EQ(pipeline.acknowledged_records(), 6u);
}

TEST_F(WritePipelineTest, NothingBehindAFailureIsAcknowledged) {
  WritePipeline pipeline(client::Client(store_), Options());
  for (uint64_t line = 1; line <= 6; ++line) {
    ASSERT_OK(pipeline.Add("k" + std::to_string(line), "v", line));
  }
  pending_[0].done(uint64_t{1});
  pending_[1].done(absl::UnavailableError("gone"));
  pending_[2].done(uint64_t{3});
  EXPECT_STATUS(pipeline.Finish(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pipeline.acknowledged_line(), 2u);
  EXPECT_EQ(pipeline.acknowledged_records(), 2u);
  EXPECT_STATUS(pipeline.Add("x", "v", 7), absl::StatusCode::kUnavailable);
}

TEST_F(WritePipelineTest, AKeyInFlightIsWaitedFor) {
  WritePipeline pipeline(client::Client(store_), Options());
  ASSERT_OK(pipeline.Add("a", "1", 1));
  ASSERT_OK(pipeline.Add("b", "1", 2));
  ASSERT_EQ(pending_.size(), 1u);
  pending_[0].done(uint64_t{1});
  answer_at_once_ = true;
  ASSERT_OK(pipeline.Add("a", "2", 3));
  // The first batch had to be over before the second could hold the key.
  EXPECT_EQ(pipeline.acknowledged_line(), 2u);
  ASSERT_OK(pipeline.Finish());
  EXPECT_EQ(acknowledged_, (std::vector<uint64_t>{2, 3}));
}

TEST_F(WritePipelineTest, ARecordLargerThanABatchGoesAlone) {
  PipelineOptions options = Options();
  options.batch_bytes_max = 10;
  WritePipeline pipeline(client::Client(store_), options);
  ASSERT_OK(pipeline.Add("a", "1", 1));
  ASSERT_OK(pipeline.Add("b", std::string(100, 'x'), 2));
  ASSERT_OK(pipeline.Add("c", "3", 3));
  ASSERT_EQ(pending_.size(), 2u);
  EXPECT_EQ(pending_[0].batch.count(), 1u);
  EXPECT_EQ(pending_[1].batch.count(), 1u);
  answer_at_once_ = true;
  for (Pending& pending : pending_) pending.done(uint64_t{1});
  ASSERT_OK(pipeline.Finish());
}

TEST_F(WritePipelineTest, ACallerThatCannotTakeNoteStopsTheRest) {
  answer_at_once_ = true;
  PipelineOptions options = Options();
  options.on_acknowledged = [](uint64_t) {
    return absl::UnknownError("no room");
  };
  WritePipeline pipeline(client::Client(store_), options);
  ASSERT_OK(pipeline.Add("a", "1", 1));
  EXPECT_STATUS(pipeline.Finish(), absl::StatusCode::kUnknown);
}

TEST_F(WritePipelineTest, LimitsOfTheServerBoundTheBatches) {
  client::Limits limits;
  EXPECT_EQ(BoundedBy({}, limits).batch_records_max, 1000u);
  limits.batch_operations_max = 10;
  limits.batch_bytes_max = 77;
  EXPECT_EQ(BoundedBy({}, limits).batch_records_max, 10u);
  EXPECT_EQ(BoundedBy({}, limits).batch_bytes_max, 77u);
}

}  // namespace
}  // namespace lsmkv::cli
