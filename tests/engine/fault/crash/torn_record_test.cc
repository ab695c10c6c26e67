// The last append to a log, cut at every byte: of its records those that are
// whole are there, the others are absent as a whole, and what is cut is told.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "engine/src/wal/log_format.h"
#include "lsmkv/engine/db.h"
#include "tests/engine/fault/crash/crash_workload.h"
#include "tests/engine/fault/crash/prefix_history.h"
#include "tests/engine/fault/crash/store_reader.h"
#include "tests/support/crash_images.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/sim_trace_on_failure.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

// How far before the end of a page the append begins.
class TornRecordTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  TornRecordTest() : options_(CrashOptions(&env_, 1)) {
    options_.durability = Durability::kSync;  // a log without a stage
    env_.SetObserver(kSimAppend, [this](const SimEvent& event) {
      if (event.before && event.path.find(".wal") != std::string_view::npos &&
          event.data.size() != kLogHeaderBytes) {
        appended_.fetch_add(event.data.size());
      }
    });
  }

  Edits TwoEdits(size_t value_bytes) {
    const std::string key = "key" + std::to_string(1000 + ++keys_);
    return {{Edit::Kind::kPut, key, rng_.Letters(value_bytes)},
            {Edit::Kind::kDelete, "key" + std::to_string(999 + keys_), ""}};
  }

  void Put(size_t value_bytes, Durability durability) {
    WriteOptions options;
    options.durability = durability;
    Edits edits = TwoEdits(value_bytes);
    ASSERT_OK_AND_ASSIGN(const uint64_t version,
                         db_->Write(options, ToBatch(edits)));
    history_.Add(version, std::move(edits));
    if (durability == Durability::kSync) history_.Durable(version);
  }

  // Synced records up to the place where the next is to begin.
  void FillUpToPageEnd(uint64_t before) {
    const uint64_t target = 2 * kSimPageBytes - before - kLogHeaderBytes;
    const uint64_t start = appended_.load();
    Put(200, Durability::kSync);
    const uint64_t overhead = appended_.load() - start - 200;
    while (appended_.load() < target) {
      const uint64_t left = target - appended_.load();
      Put(left > 600 ? 200 : left - overhead, Durability::kSync);
    }
    ASSERT_EQ(appended_.load(), target);
    // Nothing else is to be cut: the log after this one, which is made beside
    // the writes, is whole.
    while (Logs() < 2) std::this_thread::yield();
    ASSERT_OK(db_->WaitForIdle());
  }
  int Logs() {
    const auto names = env_.ListDir("/db");
    EXPECT_OK(names.status());
    int logs = 0;
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == FileKind::kWal) ++logs;
    }
    return logs;
  }

  Random rng_{TestSeed()};
  SimEnv env_{rng_.Next()};
  Options options_;
  PrefixHistory history_;
  std::atomic<uint64_t> appended_{0};  // bytes of records in the only log
  std::unique_ptr<DB> db_;
  int keys_ = 0;
};

TEST_P(TornRecordTest, CutAtEveryByteLeavesWholeRecordsOnly) {
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  ASSERT_NO_FATAL_FAILURE(FillUpToPageEnd(GetParam()));
  ASSERT_NO_FATAL_FAILURE(Put(20, Durability::kOs));
  ASSERT_NO_FATAL_FAILURE(Put(90, Durability::kOs));
  CrashImages images(env_.Freeze(), CrashMode::kKeepPrefix, 10'000, 1);
  ASSERT_TRUE(images.exhaustive());
  db_.reset();
  uint64_t whole = 0;
  uint64_t cut = 0;
  while (const auto image = images.Next()) {
    const SimTraceOnFailure trace(image.get());
    Options options = options_;
    options.env = image.get();
    ASSERT_OK_AND_ASSIGN(const auto db, DB::Open(options, "/db"));
    ASSERT_OK_AND_ASSIGN(const StoreState state, ReadStore(db.get()));
    ASSERT_TRUE(history_.Check(state.contents, state.version,
                               history_.durable_version()));
    state.cut_bytes > 0 ? ++cut : ++whole;
  }
  // Between the records nothing is cut; inside of one, but for padding, there
  // is.
  EXPECT_GE(whole, 3u);
  EXPECT_GT(cut, 150u);
  ReportCount("crash images of torn records", images.size());
}

INSTANTIATE_TEST_SUITE_P(BytesBeforePageEnd, TornRecordTest,
                         ::testing::Values(400, 128, 24, 8));

}  // namespace
}  // namespace lsmkv::engine
