#include "lsmkv/client/mocks/mock_connection.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lsmkv/client/client.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

using testing::_;
using testing::ByMove;
using testing::Field;
using testing::Return;

class MockConnectionTest : public testing::Test {
 protected:
  const std::shared_ptr<MockConnection> mock_ =
      std::make_shared<MockConnection>();
};

TEST_F(MockConnectionTest, StandsInForAServer) {
  EXPECT_CALL(*mock_, Put("user:1", "data", _)).WillOnce(Return(uint64_t{7}));
  EXPECT_CALL(*mock_, Get("user:1", _)).WillOnce(Return(Value{"data", 7}));
  EXPECT_CALL(*mock_, Get("user:2", _))
      .WillOnce(Return(MakeErrorWithReason(absl::StatusCode::kNotFound, "",
                                           "KEY_NOT_FOUND")));
  const Client client(mock_);
  EXPECT_EQ(*client.Put("user:1", "data"), 7u);
  EXPECT_EQ(client.Get("user:1")->data, "data");
  EXPECT_EQ(ErrorReason(client.Get("user:2").status()), "KEY_NOT_FOUND");
}

TEST_F(MockConnectionTest, ReturnsScans) {
  EXPECT_CALL(*mock_,
              Scan(Field(&ScanOptions::range, KeyRange::Prefix("a")), _))
      .WillOnce(Return(ByMove(MakeScanRange({{"a1", "x", 1}, {"a2", "y", 2}},
                                            absl::UnavailableError("cut")))));
  const Client client(mock_);
  std::vector<std::string> keys;
  absl::Status status;
  ScanOptions scan;
  scan.range = KeyRange::Prefix("a");
  for (const auto& record : client.Scan(scan)) {
    if (record.ok()) {
      keys.push_back(record->key);
    } else {
      status = record.status();
    }
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a1", "a2"}));
  EXPECT_STATUS(status, absl::StatusCode::kUnavailable);
}

TEST_F(MockConnectionTest, SeesTheMergedOptionsOfEveryCall) {
  const std::chrono::milliseconds timeout(123);
  const auto has_timeout =
      Field("timeout", &CallOptions::timeout, testing::Optional(timeout));
  EXPECT_CALL(*mock_, BatchGet(_, has_timeout))
      .WillOnce(Return(std::vector<std::optional<Value>>{}));
  EXPECT_CALL(*mock_, Delete("k", has_timeout)).WillOnce(Return(uint64_t{1}));
  EXPECT_CALL(*mock_, DeleteRange(KeyRange::All(), true, has_timeout))
      .WillOnce(Return(uint64_t{2}));
  EXPECT_CALL(*mock_, BatchWrite(_, has_timeout)).WillOnce(Return(uint64_t{3}));
  EXPECT_CALL(*mock_, ScanPage(_, _, has_timeout)).WillOnce(Return(Page{}));
  EXPECT_CALL(*mock_, AsyncGet("k", has_timeout, _));
  EXPECT_CALL(*mock_, AsyncPut("k", "v", has_timeout, _));
  EXPECT_CALL(*mock_, AsyncWrite(_, has_timeout, _));
  EXPECT_CALL(*mock_, GetStats(has_timeout)).WillOnce(Return(Stats{}));
  EXPECT_CALL(*mock_, GetLimits(has_timeout)).WillOnce(Return(Limits{}));
  EXPECT_CALL(*mock_, Flush(has_timeout)).WillOnce(Return(absl::OkStatus()));
  EXPECT_CALL(*mock_, Compact(_, has_timeout))
      .WillOnce(Return(absl::OkStatus()));
  EXPECT_CALL(*mock_, Health(has_timeout))
      .WillOnce(Return(HealthState::kServing));

  const Client client(mock_, {.timeout = timeout});
  EXPECT_OK(client.BatchGet({"a"}));
  EXPECT_OK(client.Delete("k"));
  EXPECT_OK(client.DeleteRange(KeyRange::All(), true));
  EXPECT_OK(client.BatchWrite({}));
  EXPECT_OK(client.ScanPage({}));
  client.AsyncGet("k", [](absl::StatusOr<Value>) {});
  client.AsyncPut("k", "v", [](absl::StatusOr<uint64_t>) {});
  client.AsyncWrite({}, [](absl::StatusOr<uint64_t>) {});
  EXPECT_OK(client.GetStats());
  EXPECT_OK(client.GetLimits());
  EXPECT_OK(client.Flush());
  EXPECT_OK(client.Compact());
  EXPECT_OK(client.Health());
}

TEST_F(MockConnectionTest, CopiesOfAClientShareTheConnection) {
  EXPECT_CALL(*mock_, Flush(_))
      .Times(2)
      .WillRepeatedly(Return(absl::OkStatus()));
  const Client first(mock_);
  const Client second = first;
  EXPECT_OK(first.Flush());
  EXPECT_OK(second.Flush());
}

}  // namespace
}  // namespace lsmkv::client
