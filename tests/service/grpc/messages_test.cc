#include "service/grpc/messages.h"

#include <gtest/gtest.h>

#include "service/core/error.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

TEST(MessagesTest, DurabilitiesAreMapped) {
  EXPECT_EQ(*DurabilityOf(v1::DURABILITY_UNSPECIFIED), Durability::kDefault);
  EXPECT_EQ(*DurabilityOf(v1::DURABILITY_SYNC), Durability::kSync);
  EXPECT_EQ(*DurabilityOf(v1::DURABILITY_INTERVAL), Durability::kInterval);
  EXPECT_EQ(*DurabilityOf(v1::DURABILITY_OS), Durability::kOs);
  const auto unknown = DurabilityOf(static_cast<v1::Durability>(9));
  EXPECT_STATUS(unknown, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(unknown.status()).reason, "INVALID_DURABILITY");
}

TEST(MessagesTest, BatchKeepsTheOrderAndKindsOfItsOperations) {
  v1::BatchWriteRequest request;
  request.set_durability(v1::DURABILITY_OS);
  request.add_operations()->mutable_put()->set_key("a");
  request.mutable_operations(0)->mutable_put()->set_value("1");
  request.add_operations()->mutable_delete_()->set_key("b");
  auto* range = request.add_operations()->mutable_delete_range();
  range->set_start_key("c");
  range->set_end_key("d");
  ASSERT_OK_AND_ASSIGN(const WriteRequest write, WriteOf(request));
  EXPECT_EQ(write.durability, Durability::kOs);
  ASSERT_EQ(write.operations.size(), 3u);
  EXPECT_EQ(write.operations[0].kind, Operation::Kind::kPut);
  EXPECT_EQ(write.operations[0].value, "1");
  EXPECT_EQ(write.operations[1].kind, Operation::Kind::kDelete);
  EXPECT_EQ(write.operations[1].key, "b");
  EXPECT_EQ(write.operations[2].kind, Operation::Kind::kDeleteRange);
  EXPECT_EQ(write.operations[2].value, "d");
}

TEST(MessagesTest, OperationOfNoKindIsRefused) {
  v1::BatchWriteRequest request;
  request.add_operations();
  const auto write = WriteOf(request);
  EXPECT_STATUS(write, absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(write.status()).reason, "INVALID_OPERATION");
}

TEST(MessagesTest, ScanKeepsEveryField) {
  v1::ScanRequest request;
  request.mutable_range()->set_prefix("p");
  request.set_reverse(true);
  request.set_keys_only(true);
  request.set_limit(7);
  request.set_page_size(3);
  request.set_page_token("token");
  const ScanRequest scan = ScanOf(request);
  EXPECT_EQ(scan.range.prefix, "p");
  EXPECT_TRUE(scan.reverse);
  EXPECT_TRUE(scan.keys_only);
  EXPECT_EQ(scan.limit, 7u);
  EXPECT_EQ(scan.page_size, 3);
  EXPECT_EQ(scan.page_token, "token");
}

TEST(MessagesTest, StatsAddTheLevelsUp) {
  engine::Stats stats;
  stats.levels.resize(3);
  stats.levels[0] = {2, 100, 10, 0, 0, 0};
  stats.levels[2] = {1, 50, 5, 0, 0, 0};
  stats.wal_bytes = 77;
  v1::GetStatsResponse response;
  FillStats(stats, {"1.2.3", std::chrono::steady_clock::now()}, &response);
  EXPECT_EQ(response.table_files(), 3u);
  EXPECT_EQ(response.table_bytes(), 150u);
  EXPECT_EQ(response.table_records(), 15u);
  EXPECT_EQ(response.levels(2).level(), 2);
  EXPECT_EQ(response.wal_bytes(), 77u);
  EXPECT_EQ(response.server_version(), "1.2.3");
}

}  // namespace
}  // namespace lsmkv::service
