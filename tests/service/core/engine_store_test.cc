#include "service/core/engine_store.h"

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "service/core/kv_core.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::service {
namespace {

class EngineStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { Close(); }

  void Open() {
    engine::Options options;
    options.key_bytes_max = 100;
    ASSERT_OK_AND_ASSIGN(store_,
                         EngineStore::Open(options, dir_.File("store")));
    Limits limits;
    limits.key_bytes_max = 100;
    core_ = std::make_unique<KvCore>(store_.get(), limits);
  }
  void Close() {
    core_.reset();
    if (store_) {
      EXPECT_OK(store_->Close());
    }
    store_.reset();
  }

  absl::StatusOr<uint64_t> Write(std::vector<Operation> operations) {
    WriteRequest request;
    request.operations = std::move(operations);
    std::promise<absl::StatusOr<uint64_t>> result;
    core_->Write({}, std::move(request), [&](absl::StatusOr<uint64_t> version) {
      result.set_value(std::move(version));
    });
    return result.get_future().get();
  }
  absl::StatusOr<uint64_t> Put(std::string key, std::string value) {
    return Write({{Operation::Kind::kPut, std::move(key), std::move(value)}});
  }
  absl::StatusOr<uint64_t> DeleteRange(const RangeSpec& range, bool all) {
    std::promise<absl::StatusOr<uint64_t>> result;
    core_->DeleteRange({}, range, all, Durability::kDefault,
                       [&](absl::StatusOr<uint64_t> version) {
                         result.set_value(std::move(version));
                       });
    return result.get_future().get();
  }
  std::vector<std::string> Keys(const ScanRequest& request) {
    std::vector<std::string> keys;
    auto page = core_->Scan({}, request);
    EXPECT_OK(page);
    if (!page.ok()) return keys;
    for (const Record& record : page->records) keys.push_back(record.key);
    return keys;
  }

  TempDir dir_;
  std::unique_ptr<EngineStore> store_;
  std::unique_ptr<KvCore> core_;
};

TEST_F(EngineStoreTest, WhatIsWrittenIsReadAlsoAfterReopening) {
  const std::string key("k\0\xFF/", 4);
  ASSERT_OK_AND_ASSIGN(const uint64_t version, Put(key, "v"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const Value value, core_->Get({}, key));
    EXPECT_EQ(value.data, "v");
    EXPECT_EQ(value.version, version);
    Close();
    Open();
  }
  EXPECT_STATUS(core_->Get({}, "absent"), absl::StatusCode::kNotFound);
}

TEST_F(EngineStoreTest, ScansRunEitherWayWithinBounds) {
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_OK(Put(key, key));
  ScanRequest request;
  request.range = {"b", "d", ""};
  EXPECT_EQ(Keys(request), (std::vector<std::string>{"b", "c"}));
  request.reverse = true;
  EXPECT_EQ(Keys(request), (std::vector<std::string>{"c", "b"}));
  request.range = {};
  EXPECT_EQ(Keys(request), (std::vector<std::string>{"d", "c", "b", "a"}));
}

TEST_F(EngineStoreTest, PagesSeeOneSnapshot) {
  for (const char* key : {"a", "b", "c"}) ASSERT_OK(Put(key, "old"));
  ScanRequest request;
  request.page_size = 1;
  ASSERT_OK_AND_ASSIGN(ScanPage first, core_->Scan({}, request));
  ASSERT_OK(Put("b", "new"));
  ASSERT_OK(Write({{Operation::Kind::kDelete, "c", ""}}));
  ASSERT_OK(core_->Flush({}));
  ASSERT_OK(core_->Compact({}, {}));
  request.page_size = 10;
  request.page_token = first.next_page_token;
  ASSERT_OK_AND_ASSIGN(ScanPage rest, core_->Scan({}, request));
  ASSERT_EQ(rest.records.size(), 2u);
  EXPECT_EQ(rest.records[0].value, "old");
  EXPECT_EQ(rest.records[1].key, "c");
}

TEST_F(EngineStoreTest, DeleteOfEverythingReachesTheFirstAndTheLastKey) {
  const std::vector<std::string> keys = {std::string(1, '\0'), "a",
                                         std::string(100, '\xFF')};
  for (const std::string& key : keys) ASSERT_OK(Put(key, "v"));
  EXPECT_EQ(Keys({}), keys);
  ASSERT_OK(DeleteRange({}, true));
  EXPECT_TRUE(Keys({}).empty());
}

TEST_F(EngineStoreTest, DeleteOfAPrefixOf0xFFDeletesTheRestOfTheStore) {
  ASSERT_OK(Put("\xFE", "v"));
  ASSERT_OK(Put("\xFF", "v"));
  ASSERT_OK(Put(std::string(100, '\xFF'), "v"));
  ASSERT_OK(DeleteRange({"", "", "\xFF"}, false));
  EXPECT_EQ(Keys({}), std::vector<std::string>{"\xFE"});
}

TEST_F(EngineStoreTest, BatchGetsOneVersionPerOperation) {
  ASSERT_OK_AND_ASSIGN(const uint64_t before, Put("x", "0"));
  ASSERT_OK_AND_ASSIGN(const uint64_t version,
                       Write({{Operation::Kind::kPut, "a", "1"},
                              {Operation::Kind::kPut, "b", "2"},
                              {Operation::Kind::kDelete, "x", ""}}));
  EXPECT_EQ(version, before + 3);
  EXPECT_EQ(core_->Get({}, "a")->version, before + 1);
}

TEST_F(EngineStoreTest, SecondOpenerIsRefused) {
  EXPECT_STATUS(EngineStore::Open({}, dir_.File("store")),
                absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace lsmkv::service
