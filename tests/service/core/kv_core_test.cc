#include "service/core/kv_core.h"

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "service/core/error.h"
#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

class KvCoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<uint64_t> Write(WriteRequest request) {
    std::optional<absl::StatusOr<uint64_t>> result;
    core_.Write({}, std::move(request), [&](absl::StatusOr<uint64_t> version) {
      result = std::move(version);
    });
    return result ? *result : absl::InternalError("the write is not done");
  }
  absl::StatusOr<uint64_t> Put(std::string key, std::string value) {
    WriteRequest request;
    request.operations.push_back(
        {Operation::Kind::kPut, std::move(key), std::move(value)});
    return Write(std::move(request));
  }
  absl::StatusOr<uint64_t> DeleteRange(const RangeSpec& range, bool all) {
    std::optional<absl::StatusOr<uint64_t>> result;
    core_.DeleteRange(
        {}, range, all, Durability::kDefault,
        [&](absl::StatusOr<uint64_t> version) { result = std::move(version); });
    return result ? *result : absl::InternalError("the write is not done");
  }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(Put("k" + std::to_string(1000 + i), std::to_string(i)));
    }
  }
  // The keys of all pages, in order.
  std::vector<std::string> AllPages(ScanRequest request) {
    std::vector<std::string> keys;
    do {
      auto page = core_.Scan({}, request);
      EXPECT_OK(page);
      if (!page.ok()) break;
      for (const Record& record : page->records) keys.push_back(record.key);
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    return keys;
  }
  static std::string ReasonOf(const absl::Status& status) {
    return DetailOf(status).reason;
  }
  static CallContext Expired() {
    CallContext context;
    context.deadline = std::chrono::steady_clock::now();
    return context;
  }

  testing::MemStore store_;
  KvCore core_{&store_, Limits()};
};

TEST_F(KvCoreTest, GetReturnsValueAndVersion) {
  ASSERT_OK_AND_ASSIGN(const uint64_t version, Put("k", "v"));
  ASSERT_OK_AND_ASSIGN(const Value value, core_.Get({}, "k"));
  EXPECT_EQ(value.data, "v");
  EXPECT_EQ(value.version, version);
}

TEST_F(KvCoreTest, GetOfAbsentKeyIsNotFound) {
  const auto value = core_.Get({}, "absent");
  EXPECT_STATUS(value, absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(value.status()), "KEY_NOT_FOUND");
}

TEST_F(KvCoreTest, BadKeysAreRefusedEverywhere) {
  EXPECT_EQ(ReasonOf(core_.Get({}, "").status()), "INVALID_KEY");
  EXPECT_EQ(ReasonOf(core_.BatchGet({}, {"a", ""}).status()), "INVALID_KEY");
  EXPECT_EQ(ReasonOf(Put("", "v").status()), "INVALID_KEY");
  const std::string large(core_.limits().key_bytes_max + 1, 'k');
  EXPECT_EQ(ReasonOf(core_.Get({}, large).status()), "KEY_TOO_LARGE");
  EXPECT_EQ(ReasonOf(Put(large, "").status()), "KEY_TOO_LARGE");
}

TEST_F(KvCoreTest, BatchGetAnswersPerKeyInOrder) {
  ASSERT_OK(Put("a", "1"));
  ASSERT_OK(Put("b", ""));
  ASSERT_OK_AND_ASSIGN(const auto values,
                       core_.BatchGet({}, {"b", "absent", "a", "b"}));
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[0]->data, "");
  EXPECT_FALSE(values[1].has_value());
  EXPECT_EQ(values[2]->data, "1");
  EXPECT_TRUE(values[3].has_value());
}

TEST_F(KvCoreTest, BatchGetStopsAtTheLimitOfBytes) {
  Limits limits;
  limits.batch_bytes_max = 10;
  KvCore core(&store_, limits);
  ASSERT_OK(Put("a", "12345"));
  EXPECT_OK(core.BatchGet({}, {"a", "a"}));
  EXPECT_EQ(ReasonOf(core.BatchGet({}, {"a", "a", "a"}).status()),
            "RESPONSE_TOO_LARGE");
}

TEST_F(KvCoreTest, StoreErrorsPassUnchanged) {
  store_.FailReads(absl::DataLossError("table 7 at offset 12"));
  EXPECT_STATUS_CONTAINS(core_.Get({}, "a"), absl::StatusCode::kDataLoss,
                         "offset 12");
  EXPECT_STATUS(core_.BatchGet({}, {"a"}), absl::StatusCode::kDataLoss);
  EXPECT_STATUS(core_.Scan({}, {}), absl::StatusCode::kDataLoss);
}

TEST_F(KvCoreTest, PassedDeadlineStopsEveryCall) {
  ASSERT_OK(Put("a", "1"));
  constexpr auto kCode = absl::StatusCode::kDeadlineExceeded;
  EXPECT_STATUS(core_.Get(Expired(), "a"), kCode);
  EXPECT_STATUS(core_.BatchGet(Expired(), {"a"}), kCode);
  EXPECT_STATUS(core_.Scan(Expired(), {}), kCode);
  EXPECT_STATUS(core_.StreamScan(Expired(), {}), kCode);
  EXPECT_STATUS(core_.Flush(Expired()), kCode);
  EXPECT_STATUS(core_.Compact(Expired(), {}), kCode);
  absl::Status written;
  WriteRequest request;
  request.operations.push_back({Operation::Kind::kPut, "b", "2"});
  core_.Write(Expired(), std::move(request),
              [&](absl::StatusOr<uint64_t> v) { written = v.status(); });
  EXPECT_STATUS(written, kCode);
  EXPECT_STATUS(core_.Get({}, "b"), absl::StatusCode::kNotFound);
}

TEST_F(KvCoreTest, CancelledCallIsCancelled) {
  CallContext context;
  context.cancelled = [] { return true; };
  EXPECT_STATUS(core_.Get(context, "a"), absl::StatusCode::kCancelled);
}

TEST_F(KvCoreTest, DeadlinesAreBoundedAndHaveADefault) {
  Limits limits;
  limits.deadline_default_ms = 1'000;
  limits.deadline_max_ms = 10'000;
  KvCore core(&store_, limits);
  using std::chrono::seconds;
  const auto now = std::chrono::steady_clock::now();
  const auto none = std::chrono::steady_clock::time_point::max();
  const auto asked = now + seconds(5);
  EXPECT_EQ(core.DeadlineFor(asked, false), asked);
  EXPECT_LT(core.DeadlineFor(now + seconds(100), false), now + seconds(60));
  EXPECT_LT(core.DeadlineFor(none, false), now + seconds(5));
  EXPECT_GT(core.DeadlineFor(none, true), now + seconds(9));
}

TEST_F(KvCoreTest, DurabilityReachesTheStore) {
  WriteRequest request;
  request.operations.push_back({Operation::Kind::kPut, "a", "1"});
  request.durability = Durability::kOs;
  ASSERT_OK(Write(std::move(request)));
  EXPECT_EQ(store_.last_durability(), Durability::kOs);
}

TEST_F(KvCoreTest, DeleteRangeDeletesAPrefixOnly) {
  Fill(10);
  ASSERT_OK(Put("other", "1"));
  ASSERT_OK(DeleteRange({"", "", "k"}, false));
  EXPECT_EQ(AllPages({}), std::vector<std::string>{"other"});
}

TEST_F(KvCoreTest, DeleteOfEverythingMustBeAskedFor) {
  Fill(3);
  EXPECT_EQ(ReasonOf(DeleteRange({}, false).status()), "RANGE_UNBOUNDED");
  EXPECT_EQ(AllPages({}).size(), 3u);
  ASSERT_OK(DeleteRange({}, true));
  EXPECT_TRUE(AllPages({}).empty());
}

TEST_F(KvCoreTest, DeleteOfAnEmptyRangeChangesNothing) {
  Fill(3);
  ASSERT_OK_AND_ASSIGN(const uint64_t version,
                       DeleteRange({"z", "a", ""}, false));
  EXPECT_EQ(version, 3u);
  EXPECT_EQ(AllPages({}).size(), 3u);
}

TEST_F(KvCoreTest, DeleteOfAPrefixOf0xFFDeletesNothingElse) {
  ASSERT_OK(Put("\xFE", "1"));
  ASSERT_OK(Put("\xFF", "1"));
  ASSERT_OK(Put("\xFF\xFF\x01", "1"));
  ASSERT_OK(DeleteRange({"", "", "\xFF"}, false));
  EXPECT_EQ(AllPages({}), std::vector<std::string>{"\xFE"});
}

TEST_F(KvCoreTest, EmptyRangesScanToNothing) {
  Fill(3);
  ScanRequest request;
  request.range = {"z", "a", ""};
  EXPECT_TRUE(AllPages(request).empty());
  request.range = {"k1001", "k1001", ""};
  EXPECT_TRUE(AllPages(request).empty());
}

TEST_F(KvCoreTest, PagesTogetherAreTheWholeRangeEitherWay) {
  Fill(25);
  for (const bool reverse : {false, true}) {
    for (const int page_size : {1, 2, 7, 24, 25, 26, 1000}) {
      ScanRequest request;
      request.reverse = reverse;
      request.page_size = page_size;
      const std::vector<std::string> keys = AllPages(request);
      ASSERT_EQ(keys.size(), 25u) << page_size;
      for (size_t i = 0; i < keys.size(); ++i) {
        const size_t n = reverse ? 1024 - i : 1000 + i;
        EXPECT_EQ(keys[i], "k" + std::to_string(n));
      }
    }
  }
}

TEST_F(KvCoreTest, LastPageHasNoToken) {
  Fill(4);
  ScanRequest request;
  request.page_size = 4;
  ASSERT_OK_AND_ASSIGN(ScanPage page, core_.Scan({}, request));
  EXPECT_EQ(page.records.size(), 4u);
  EXPECT_EQ(page.next_page_token, "");
  EXPECT_EQ(store_.open_snapshots(), 0u);
}

TEST_F(KvCoreTest, LimitHoldsOverAllPages) {
  Fill(20);
  for (const int page_size : {1, 3, 5, 100}) {
    ScanRequest request;
    request.limit = 5;
    request.page_size = page_size;
    EXPECT_EQ(AllPages(request).size(), 5u) << page_size;
  }
}

TEST_F(KvCoreTest, PageSizeIsBounded) {
  Limits limits;
  limits.page_size_max = 3;
  limits.page_size_default = 2;
  KvCore core(&store_, limits);
  Fill(10);
  ScanRequest request;
  EXPECT_EQ(core.Scan({}, request)->records.size(), 2u);
  request.page_size = 1000;
  EXPECT_EQ(core.Scan({}, request)->records.size(), 3u);
  request.page_size = -1;
  EXPECT_EQ(ReasonOf(core.Scan({}, request).status()), "INVALID_PAGE_SIZE");
}

TEST_F(KvCoreTest, PageEndsWhereItGrowsPastItsBytes) {
  Limits limits;
  limits.page_bytes_max = 10;
  KvCore core(&store_, limits);
  ASSERT_OK(Put("a", std::string(100, 'x')));
  ASSERT_OK(Put("b", "1"));
  ASSERT_OK_AND_ASSIGN(ScanPage page, core.Scan({}, {}));
  EXPECT_EQ(page.records.size(), 1u);
  EXPECT_NE(page.next_page_token, "");
}

TEST_F(KvCoreTest, KeysOnlyLeavesValuesOut) {
  Fill(2);
  ScanRequest request;
  request.keys_only = true;
  ASSERT_OK_AND_ASSIGN(ScanPage page, core_.Scan({}, request));
  ASSERT_EQ(page.records.size(), 2u);
  EXPECT_EQ(page.records[1].key, "k1001");
  EXPECT_EQ(page.records[1].value, "");
  EXPECT_EQ(page.records[1].version, 2u);
}

TEST_F(KvCoreTest, AllPagesSeeTheSnapshotOfTheFirst) {
  Fill(4);
  ScanRequest request;
  request.page_size = 2;
  ASSERT_OK_AND_ASSIGN(ScanPage first, core_.Scan({}, request));
  ASSERT_OK(Put("k1002", "changed"));
  ASSERT_OK(Put("k1099", "new"));
  ASSERT_OK(DeleteRange({"k1003", "k1004", ""}, false));
  request.page_token = first.next_page_token;
  ASSERT_OK_AND_ASSIGN(ScanPage second, core_.Scan({}, request));
  ASSERT_EQ(second.records.size(), 2u);
  EXPECT_EQ(second.records[0].value, "2");
  EXPECT_EQ(second.records[1].key, "k1003");
}

TEST_F(KvCoreTest, SamePageCanBeAskedForAgain) {
  Fill(4);
  ScanRequest request;
  request.page_size = 2;
  ASSERT_OK_AND_ASSIGN(ScanPage first, core_.Scan({}, request));
  request.page_token = first.next_page_token;
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(ScanPage second, core_.Scan({}, request));
    EXPECT_EQ(second.records.size(), 2u);
    EXPECT_EQ(second.records[0].key, "k1002");
  }
}

TEST_F(KvCoreTest, TokenWhoseSnapshotIsGoneIsOutOfRange) {
  Limits limits;
  limits.snapshots_max = 1;
  KvCore core(&store_, limits);
  Fill(4);
  ScanRequest request;
  request.page_size = 2;
  ASSERT_OK_AND_ASSIGN(ScanPage first, core.Scan({}, request));
  ASSERT_OK(core.Scan({}, request));  // takes the only place
  request.page_token = first.next_page_token;
  const auto second = core.Scan({}, request);
  EXPECT_STATUS(second, absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(second.status()), "SNAPSHOT_EXPIRED");
}

TEST_F(KvCoreTest, KeyContainsFindsTheMiddleOfKeys) {
  Fill(30);
  ScanRequest request;
  request.key_contains = "01";
  request.page_size = 3;
  const std::vector<std::string> keys = AllPages(request);
  ASSERT_EQ(keys.size(), 11u);  // k1001, k1010 to k1019
  EXPECT_EQ(keys.front(), "k1001");
  EXPECT_EQ(keys.back(), "k1019");
}

TEST_F(KvCoreTest, CompactPassesTheRangeOn) {
  ASSERT_OK(core_.Compact({}, {"", "", "ab"}));
  EXPECT_EQ(store_.last_compact().start, "ab");
  EXPECT_EQ(store_.last_compact().end, "ac");
}

}  // namespace
}  // namespace lsmkv::service
