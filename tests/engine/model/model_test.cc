// Random operations against a std::map, under several sets of options, with
// flushes, compactions, snapshots and reopenings in between: every way of
// reading must agree with the model.

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/model/random_operations.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr int kSteps = 15000;

struct OptionSet {
  std::string name;
  void (*apply)(Options*);
};
void PrintTo(const OptionSet& set, std::ostream* out) { *out << set.name; }

class ModelTest : public ::testing::TestWithParam<OptionSet> {
 protected:
  struct Moment {
    std::unique_ptr<Snapshot> snapshot;
    Model model;
  };

  ModelTest() : rng_(TestSeed()) {
    options_.env = &env_;
    options_.memtable_bytes = 64 << 10;
    options_.table_bytes = 64 << 10;
    options_.level_base_bytes = 128 << 10;
    options_.level_multiplier = 4;
    options_.l0_trigger = 2;
    GetParam().apply(&options_);
  }

  void Reopen() {
    moments_.clear();
    db_.reset();
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  }

  void Write() {
    WriteBatch batch;
    const uint64_t operations = rng_.OneIn(4) ? 1 + rng_.Uniform(20) : 1;
    for (uint64_t i = 0; i < operations; ++i) {
      ApplyRandomOperation(&rng_, &batch, &model_);
    }
    ASSERT_OK(db_->Write({}, batch));
  }

  void CheckGet(const Model& model, const ReadOptions& options) {
    const std::string key = RandomKey(&rng_);
    PinnedValue value;
    const absl::Status status = db_->Get(options, key, &value);
    const auto expected = model.find(key);
    if (expected == model.end()) {
      ASSERT_STATUS(status, absl::StatusCode::kNotFound);
    } else {
      ASSERT_OK(status);
      ASSERT_EQ(value.view(), expected->second);
    }
  }

  void CheckScan(const Model& model, ReadOptions options, bool reverse) {
    std::string lower;
    std::string upper;
    if (rng_.OneIn(2)) lower = RandomKey(&rng_);
    if (rng_.OneIn(2)) upper = lower + RandomKey(&rng_);
    options.lower_bound = lower;
    options.upper_bound = upper;
    std::vector<std::pair<std::string, std::string>> expected(
        model.lower_bound(lower),
        upper.empty() ? model.end() : model.lower_bound(upper));
    if (reverse) std::reverse(expected.begin(), expected.end());
    const auto it = db_->NewIterator(options);
    size_t i = 0;
    for (reverse ? it->SeekToLast() : it->SeekToFirst(); it->Valid();
         reverse ? it->Prev() : it->Next()) {
      ASSERT_LT(i, expected.size());
      ASSERT_EQ(it->key(), expected[i].first);
      ASSERT_EQ(it->value(), expected[i].second);
      ++i;
    }
    ASSERT_OK(it->status());
    ASSERT_EQ(i, expected.size());
  }

  // Steps that turn around at random.
  void CheckWalk(const Model& model, const ReadOptions& options) {
    const auto it = db_->NewIterator(options);
    const std::string start = RandomKey(&rng_);
    auto expected = model.lower_bound(start);
    it->Seek(start);
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(it->Valid(), expected != model.end());
      if (expected == model.end()) return;
      ASSERT_EQ(it->key(), expected->first);
      ASSERT_EQ(it->value(), expected->second);
      if (rng_.OneIn(2)) {
        it->Next();
        ++expected;
      } else if (expected != model.begin()) {
        it->Prev();
        --expected;
      }
    }
  }

  void CheckSeekForPrev(const Model& model, const ReadOptions& options) {
    const std::string key = RandomKey(&rng_);
    const auto it = db_->NewIterator(options);
    it->SeekForPrev(key);
    auto expected = model.upper_bound(key);
    ASSERT_EQ(it->Valid(), expected != model.begin());
    if (expected == model.begin()) return;
    --expected;
    ASSERT_EQ(it->key(), expected->first);
    ASSERT_EQ(it->value(), expected->second);
  }

  void Check(const Model& model, const Snapshot* snapshot) {
    ReadOptions options;
    options.snapshot = snapshot;
    options.fill_cache = rng_.OneIn(2);
    switch (rng_.Uniform(5)) {
      case 0:
        return CheckScan(model, options, /*reverse=*/false);
      case 1:
        return CheckScan(model, options, /*reverse=*/true);
      case 2:
        return CheckWalk(model, options);
      case 3:
        return CheckSeekForPrev(model, options);
      default:
        return CheckGet(model, options);
    }
  }

  void Upkeep() {
    switch (rng_.Uniform(6)) {
      case 0:
        ASSERT_OK(db_->Flush());
        return;
      case 1: {
        const std::string begin = RandomKey(&rng_);
        ASSERT_OK(db_->CompactRange(begin, std::nullopt));
        return;
      }
      case 2:
        moments_.push_back({db_->GetSnapshot(), model_});
        return;
      case 3:
        if (!moments_.empty()) {
          moments_.erase(moments_.begin() +
                         static_cast<ptrdiff_t>(rng_.Uniform(moments_.size())));
        }
        return;
      case 4:
        ASSERT_OK(db_->CompactRange(std::nullopt, std::nullopt));
        return;
      default:
        Reopen();
    }
  }

  SimEnv env_;
  Random rng_;
  Options options_;
  std::unique_ptr<DB> db_;
  Model model_;
  std::vector<Moment> moments_;
};

TEST_P(ModelTest, EveryReadAgreesWithTheModel) {
  ASSERT_NO_FATAL_FAILURE(Reopen());
  for (int step = 0; step < kSteps; ++step) {
    SCOPED_TRACE(step);
    ASSERT_NO_FATAL_FAILURE(Write());
    ASSERT_NO_FATAL_FAILURE(Check(model_, nullptr));
    if (!moments_.empty()) {
      const Moment& moment =
          moments_[static_cast<size_t>(rng_.Uniform(moments_.size()))];
      ASSERT_NO_FATAL_FAILURE(Check(moment.model, moment.snapshot.get()));
    }
    if (rng_.OneIn(40)) ASSERT_NO_FATAL_FAILURE(Upkeep());
  }
  ASSERT_NO_FATAL_FAILURE(CheckScan(model_, {}, /*reverse=*/false));
}

INSTANTIATE_TEST_SUITE_P(
    OptionSets, ModelTest,
    ::testing::Values(OptionSet{"Defaults", [](Options*) {}},
                      OptionSet{"SmallBlocksNoCompression",
                                [](Options* o) {
                                  o->block_bytes = 256;
                                  o->compression = Compression::kNone;
                                  o->compression_bottom = Compression::kNone;
                                }},
                      OptionSet{"ZstdNoFilterNoCache",
                                [](Options* o) {
                                  o->compression_bottom = Compression::kZstd;
                                  o->filter_bits_per_key = 0;
                                  o->block_cache_bytes = 0;
                                }},
                      OptionSet{"TinyCacheManyThreads",
                                [](Options* o) {
                                  o->block_cache_bytes = 16 << 10;
                                  o->compaction_threads = 3;
                                  o->memtables_max = 2;
                                }},
                      OptionSet{"IntervalDurabilityKeptLogs",
                                [](Options* o) {
                                  o->durability = Durability::kInterval;
                                  o->sync_interval_ms = 1;
                                  o->wal_keep_bytes = 1 << 20;
                                }},
                      OptionSet{"OsDurabilityLargeBlocks",
                                [](Options* o) {
                                  o->durability = Durability::kOs;
                                  o->block_bytes = 64 << 10;
                                  o->filter_bits_per_key = 20;
                                }}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lsmkv::engine
