#include "client/src/convert.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

TEST(ConvertTest, BatchKeepsItsOperationsAndTheirOrder) {
  WriteBatch batch;
  batch.Put("k", std::string("\0v", 2));
  batch.Delete("d");
  batch.DeleteRange("a", "b");
  EXPECT_EQ(batch.count(), 3u);
  EXPECT_EQ(batch.size_bytes(), 6u);
  const v1::BatchWriteRequest request =
      ToProto(std::move(batch), Durability::kOs);
  EXPECT_EQ(request.durability(), v1::DURABILITY_OS);
  ASSERT_EQ(request.operations_size(), 3);
  EXPECT_EQ(request.operations(0).put().key(), "k");
  EXPECT_EQ(request.operations(0).put().value(), std::string("\0v", 2));
  EXPECT_EQ(request.operations(1).delete_().key(), "d");
  EXPECT_EQ(request.operations(2).delete_range().start_key(), "a");
  EXPECT_EQ(request.operations(2).delete_range().end_key(), "b");
}

TEST(ConvertTest, EveryDurabilityHasItsOwnValue) {
  EXPECT_EQ(ToProto(Durability::kServerDefault), v1::DURABILITY_UNSPECIFIED);
  EXPECT_EQ(ToProto(Durability::kSync), v1::DURABILITY_SYNC);
  EXPECT_EQ(ToProto(Durability::kInterval), v1::DURABILITY_INTERVAL);
  EXPECT_EQ(ToProto(Durability::kOs), v1::DURABILITY_OS);
}

TEST(ConvertTest, PageRequestCarriesEveryField) {
  ScanOptions scan;
  scan.range = KeyRange::Between("a", "b");
  scan.limit = 9;
  scan.reverse = true;
  scan.keys_only = true;
  const v1::ScanRequest request =
      ToPageRequest(scan, {.page_size = 3, .page_token = "t"});
  EXPECT_EQ(request.range().start_key(), "a");
  EXPECT_EQ(request.range().end_key(), "b");
  EXPECT_EQ(request.limit(), 9u);
  EXPECT_TRUE(request.reverse());
  EXPECT_TRUE(request.keys_only());
  EXPECT_EQ(request.page_size(), 3);
  EXPECT_EQ(request.page_token(), "t");
}

TEST(ConvertTest, StreamRequestCarriesPrefixAndDirection) {
  ScanOptions scan;
  scan.range = KeyRange::Prefix("p");
  scan.reverse = true;
  const v1::StreamScanRequest request = ToStreamRequest(scan);
  EXPECT_EQ(request.range().prefix(), "p");
  EXPECT_TRUE(request.reverse());
  EXPECT_FALSE(request.keys_only());
}

TEST(ConvertTest, BatchGetTellsAbsentFromEmpty) {
  v1::BatchGetResponse response;
  response.add_results()->set_found(false);
  auto* empty = response.add_results();
  empty->set_found(true);
  empty->set_version(4);
  ASSERT_OK_AND_ASSIGN(const auto values, FromProto(std::move(response), 2));
  EXPECT_EQ(values[0], std::nullopt);
  EXPECT_EQ(values[1], (Value{"", 4}));
}

TEST(ConvertTest, BatchGetWithAnotherNumberOfAnswersIsAnError) {
  v1::BatchGetResponse response;
  response.add_results();
  EXPECT_STATUS(FromProto(std::move(response), 2), absl::StatusCode::kInternal);
}

// Sets every uint64 field of a message to its field number.
void Number(google::protobuf::Message* message) {
  const auto* descriptor = message->GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_UINT64)
      message->GetReflection()->SetUInt64(
          message, field, static_cast<uint64_t>(field->number()));
  }
}

TEST(ConvertTest, StatsAreTakenFieldByField) {
  v1::GetStatsResponse response;
  Number(&response);
  response.set_background_error("disk full");
  response.set_server_version("1.2.3");
  auto* level = response.add_levels();
  level->set_level(2);
  level->set_files(3);
  level->set_bytes(4);
  level->set_records(5);
  const Stats stats = FromProto(response);
  EXPECT_EQ(stats.memtable_records, 1u);
  EXPECT_EQ(stats.memtable_bytes, 2u);
  EXPECT_EQ(stats.memtable_limit_bytes, 3u);
  EXPECT_EQ(stats.immutable_memtables, 4u);
  EXPECT_EQ(stats.immutable_memtable_bytes, 5u);
  ASSERT_EQ(stats.levels.size(), 1u);
  EXPECT_EQ(stats.levels[0].level, 2);
  EXPECT_EQ(stats.levels[0].files, 3u);
  EXPECT_EQ(stats.levels[0].bytes, 4u);
  EXPECT_EQ(stats.levels[0].records, 5u);
  EXPECT_EQ(stats.table_files, 7u);
  EXPECT_EQ(stats.table_records, 8u);
  EXPECT_EQ(stats.table_bytes, 9u);
  EXPECT_EQ(stats.wal_files, 10u);
  EXPECT_EQ(stats.wal_bytes, 11u);
  EXPECT_EQ(stats.block_cache_bytes, 12u);
  EXPECT_EQ(stats.block_cache_capacity_bytes, 13u);
  EXPECT_EQ(stats.block_cache_hits, 14u);
  EXPECT_EQ(stats.block_cache_misses, 15u);
  EXPECT_EQ(stats.flushes, 16u);
  EXPECT_EQ(stats.compactions, 17u);
  EXPECT_EQ(stats.compactions_running, 18u);
  EXPECT_EQ(stats.compaction_pending_bytes, 19u);
  EXPECT_EQ(stats.open_snapshots, 20u);
  EXPECT_EQ(stats.last_version, 21u);
  EXPECT_EQ(stats.background_error, "disk full");
  EXPECT_EQ(stats.server_version, "1.2.3");
  EXPECT_EQ(stats.uptime_seconds, 24u);
}

TEST(ConvertTest, LimitsAreTakenFieldByField) {
  v1::GetLimitsResponse response;
  Number(&response);
  const Limits limits = FromProto(response);
  EXPECT_EQ(limits.key_bytes_max, 1u);
  EXPECT_EQ(limits.value_bytes_max, 2u);
  EXPECT_EQ(limits.batch_bytes_max, 3u);
  EXPECT_EQ(limits.batch_operations_max, 4u);
  EXPECT_EQ(limits.page_size_default, 5u);
  EXPECT_EQ(limits.page_size_max, 6u);
  EXPECT_EQ(limits.page_bytes_max, 7u);
  EXPECT_EQ(limits.stream_chunk_bytes, 8u);
  EXPECT_EQ(limits.snapshot_ttl_ms, 9u);
  EXPECT_EQ(limits.deadline_default_ms, 10u);
  EXPECT_EQ(limits.deadline_max_ms, 11u);
}

}  // namespace
}  // namespace lsmkv::client
