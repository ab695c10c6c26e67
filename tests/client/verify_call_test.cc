#include "client/src/verify_call.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/client/fake_clock.h"
#include "tests/client/fake_stub.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

v1::VerifyResponse Message(uint64_t bytes, const std::vector<uint64_t>& found) {
  v1::VerifyResponse message;
  for (const uint64_t offset : found) {
    v1::VerifyFinding* finding = message.add_findings();
    finding->set_file("/store/1.sst");
    finding->set_offset(offset);
    finding->set_smallest_key("a");
    finding->set_largest_key("b");
    finding->set_message("damaged");
  }
  message.mutable_progress()->set_files(1);
  message.mutable_progress()->set_files_total(2);
  message.mutable_progress()->set_bytes(bytes);
  message.mutable_progress()->set_bytes_total(1000);
  message.mutable_progress()->set_findings(found.size());
  return message;
}

class VerifyCallTest : public testing::Test {
 protected:
  void Add(std::deque<v1::VerifyResponse> messages,
           absl::Status end = absl::OkStatus()) {
    auto verify = std::make_shared<VerifyScript>();
    verify->chunks = std::move(messages);
    verify->end = std::move(end);
    stub_.verifies.push_back(std::move(verify));
  }
  absl::StatusOr<VerifyProgress> Run(const VerifyOptions& options = {}) {
    return RunVerify(
        &stub_, &clock_, Resolve(Operation::kVerify, {}), options,
        [this](const VerifyEvent& event) { events_.push_back(event); });
  }

  FakeStub stub_;
  FakeClock clock_;
  std::vector<VerifyEvent> events_;
};

TEST_F(VerifyCallTest, EveryMessageIsHeardAndTheLastNumbersReturned) {
  Add({Message(500, {}), Message(1000, {7, 8})});
  ASSERT_OK_AND_ASSIGN(const VerifyProgress progress, Run());
  EXPECT_EQ(progress.bytes, 1000u);
  EXPECT_EQ(progress.bytes_total, 1000u);
  EXPECT_EQ(progress.files, 1u);
  EXPECT_EQ(progress.files_total, 2u);
  EXPECT_EQ(progress.findings, 2u);
  ASSERT_EQ(events_.size(), 2u);
  ASSERT_EQ(events_[1].findings.size(), 2u);
  const VerifyFinding& finding = events_[1].findings[1];
  EXPECT_EQ(finding.file, "/store/1.sst");
  EXPECT_EQ(finding.offset, 8u);
  EXPECT_EQ(finding.smallest_key, "a");
  EXPECT_EQ(finding.largest_key, "b");
  EXPECT_EQ(finding.message, "damaged");
}

TEST_F(VerifyCallTest, SpeedIsSent) {
  Add({Message(1000, {})});
  ASSERT_OK(Run({.bytes_per_second = 123}));
  EXPECT_EQ(stub_.LastRequest<v1::VerifyRequest>().bytes_per_second(), 123u);
}

TEST_F(VerifyCallTest, RetriedBeforeTheFirstMessage) {
  Add({}, absl::UnavailableError("not yet"));
  Add({Message(1000, {})});
  ASSERT_OK(Run());
  EXPECT_EQ(stub_.calls.size(), 2u);
}

TEST_F(VerifyCallTest, NotRetriedAfterIt) {
  Add({Message(1, {})}, absl::UnavailableError("gone"));
  EXPECT_STATUS_CONTAINS(Run(), absl::StatusCode::kUnavailable, "broken off");
  EXPECT_EQ(stub_.calls.size(), 1u);
}

TEST_F(VerifyCallTest, OneThatRunsAlreadyIsNoPassingError) {
  Add({}, absl::ResourceExhaustedError("already"));
  EXPECT_STATUS(Run(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(stub_.calls.size(), 1u);
}

}  // namespace
}  // namespace lsmkv::client
