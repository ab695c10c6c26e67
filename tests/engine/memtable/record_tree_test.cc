#include "engine/src/memtable/record_tree.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

using KeyMaker = std::string (*)(lsmkv::Random* rng, int n);

std::string Bytes(lsmkv::Random* rng, size_t count) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    // Few different ones, so that keys begin alike; zeros and 0xff with them.
    constexpr char kBytes[] = {0, 1, 'a', 'b', '\x7f', '\x80', '\xff'};
    bytes.push_back(kBytes[rng->Uniform(std::size(kBytes))]);
  }
  return bytes;
}

struct Shape {
  const char* name;
  KeyMaker make;
};
const Shape kShapes[] = {
    {"Ascending",
     [](lsmkv::Random*, int n) { return std::to_string(1'000'000 + n); }},
    {"Descending",
     [](lsmkv::Random*, int n) { return std::to_string(1'999'999 - n); }},
    {"FromTheMiddle",
     [](lsmkv::Random*, int n) {
       return std::to_string(n % 2 == 0 ? 1'500'000 + n : 1'500'000 - n);
     }},
    {"Decimal",
     [](lsmkv::Random* rng, int) {
       std::string digits = std::to_string(rng->Uniform(1'000'000));
       return std::string(16 - digits.size(), '0') + digits;
     }},
    {"FewKeysOfManyVersions",
     [](lsmkv::Random* rng, int) { return std::to_string(rng->Uniform(40)); }},
    {"OneKey", [](lsmkv::Random*, int) { return std::string("the key"); }},
    {"ShortAndLong",
     [](lsmkv::Random* rng, int) { return Bytes(rng, rng->Uniform(12)); }},
    {"LongPrefixes",
     [](lsmkv::Random* rng, int) {
       return std::string(rng->Uniform(3) * 20, 'p') +
              Bytes(rng, rng->Uniform(20));
     }},
    {"KeysThatBeginOthers",
     [](lsmkv::Random* rng, int) {
       return std::string(rng->Uniform(300), 'x');
     }},
};

class RecordTreeTest : public ::testing::TestWithParam<Shape> {
 protected:
  // As in a memtable: user key, then newest first.
  using Model = std::map<std::pair<std::string, uint64_t>, std::string>;

  void Insert(const std::string& key, uint64_t sequence) {
    const uint64_t trailer = PackTrailer(sequence, ValueType::kPut);
    const std::string value = key + std::to_string(sequence);
    tree_.Insert(key, trailer, value);
    model_[{key, ~trailer}] = value;
  }
  void Fill(int count) {
    for (int n = 0; n < count; ++n) {
      Insert(GetParam().make(&rng_, n), static_cast<uint64_t>(n) + 1);
    }
  }
  void ExpectAt(const RecordTree::Position& at, Model::const_iterator expected,
                bool there) {
    ASSERT_EQ(at.valid(), there);
    if (!there) return;
    ASSERT_EQ(at.record().user_key(), expected->first.first);
    ASSERT_EQ(at.record().trailer(), ~expected->first.second);
    ASSERT_EQ(at.record().value(), expected->second);
    ASSERT_EQ(at.record().internal_key(),
              MakeInternalKey(expected->first.first, ~expected->first.second));
  }
  void ExpectFound(const std::string& key, uint64_t trailer) {
    const auto expected = model_.lower_bound({key, ~trailer});
    ASSERT_NO_FATAL_FAILURE(ExpectAt(tree_.FindGreaterOrEqual(key, trailer),
                                     expected, expected != model_.end()));
    const bool before = expected != model_.begin();
    ASSERT_NO_FATAL_FAILURE(ExpectAt(tree_.FindLessThan(key, trailer),
                                     before ? std::prev(expected) : expected,
                                     before));
  }

  lsmkv::Random rng_{TestSeed()};
  Arena records_{4096};
  Arena nodes_{4096};
  RecordTree tree_{&records_, &nodes_};
  Model model_;
};

TEST_P(RecordTreeTest, WalksBothWaysLikeASortedMap) {
  EXPECT_FALSE(tree_.First().valid());
  EXPECT_FALSE(tree_.Last().valid());
  for (const int count : {1, 13, 1, 1, 100, 3000}) {
    const auto sequence = static_cast<uint64_t>(model_.size()) + 1;
    for (int n = 0; n < count; ++n) {
      Insert(GetParam().make(&rng_, static_cast<int>(model_.size())),
             sequence + static_cast<uint64_t>(n));
    }
    auto at = tree_.First();
    for (auto it = model_.begin(); it != model_.end(); ++it) {
      ASSERT_NO_FATAL_FAILURE(ExpectAt(at, it, true));
      at.Next();
    }
    EXPECT_FALSE(at.valid());
    at = tree_.Last();
    for (auto it = model_.rbegin(); it != model_.rend(); ++it) {
      ASSERT_NO_FATAL_FAILURE(ExpectAt(at, std::prev(it.base()), true));
      at.Prev(tree_);
    }
    EXPECT_FALSE(at.valid());
  }
}

TEST_P(RecordTreeTest, FindsLikeASortedMap) {
  ExpectFound("nothing", 5);
  Fill(4000);
  for (const auto& [place, value] : model_) {
    // Itself, and what is just before and after it.
    for (const uint64_t trailer :
         {~place.second, ~place.second + 1, ~place.second - 1}) {
      ASSERT_NO_FATAL_FAILURE(ExpectFound(place.first, trailer));
    }
  }
  for (int i = 0; i < 4000; ++i) {
    const std::string key = rng_.OneIn(2) ? GetParam().make(&rng_, i)
                                          : Bytes(&rng_, rng_.Uniform(30));
    const uint64_t trailer = rng_.OneIn(2) ? UINT64_MAX : rng_.Next();
    ASSERT_NO_FATAL_FAILURE(ExpectFound(key, trailer));
  }
}

// The property that the memtable needs: who has loaded the visible sequence
// meets every record up to it, in order and once, however the tree changes.
TEST_P(RecordTreeTest, ReadersMeetAllThatWasVisibleWhenTheyCame) {
  constexpr uint64_t kReaders = 2;
  const uint64_t count = std::max<uint64_t>(Scaled(30'000), 3'000);
  std::atomic<uint64_t> visible{0};
  std::atomic<uint64_t> scans{0};
  auto read = [&](uint64_t seed) {
    lsmkv::Random rng(seed);
    for (uint64_t last = 0; last < count;) {
      last = visible.load(std::memory_order_acquire);
      const bool forward = rng.OneIn(2);
      uint64_t met = 0;
      std::string before;
      for (auto at = forward ? tree_.First() : tree_.Last(); at.valid();
           forward ? at.Next() : at.Prev(tree_)) {
        met += TrailerSequence(at.record().trailer()) <= last ? 1 : 0;
        const std::string_view key = at.record().internal_key();
        if (!before.empty()) {
          const int order = CompareInternal(before, key);
          ASSERT_TRUE(forward ? order < 0 : order > 0);
        }
        before = key;
      }
      ASSERT_EQ(met, last) << (forward ? "forward" : "backward");
      ++scans;
    }
  };
  std::vector<std::thread> readers;
  for (uint64_t i = 0; i < kReaders; ++i)
    readers.emplace_back(read, rng_.Next());
  lsmkv::Random rng(rng_.Next());
  for (uint64_t n = 1; n <= count; ++n) {
    const std::string key = GetParam().make(&rng, static_cast<int>(n));
    tree_.Insert(key, PackTrailer(n, ValueType::kPut), "value");
    visible.store(n, std::memory_order_release);
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_GE(scans, kReaders);
}

TEST_P(RecordTreeTest, SearchesFindWhatWasVisibleWhenTheyCame) {
  const uint64_t count = std::max<uint64_t>(Scaled(30'000), 3'000);
  std::vector<std::string> keys;
  for (uint64_t n = 0; n < count; ++n) {
    keys.push_back(GetParam().make(&rng_, static_cast<int>(n)));
  }
  std::atomic<uint64_t> visible{0};
  std::thread reader([&, seed = rng_.Next()] {
    lsmkv::Random rng(seed);
    for (uint64_t last = 0; last < count;) {
      last = visible.load(std::memory_order_acquire);
      if (last == 0) continue;
      const uint64_t n = rng.Uniform(last);
      const uint64_t trailer = PackTrailer(n + 1, ValueType::kPut);
      const auto at = tree_.FindGreaterOrEqual(keys[n], trailer);
      ASSERT_TRUE(at.valid());
      ASSERT_EQ(at.record().user_key(), keys[n]);
      ASSERT_EQ(at.record().trailer(), trailer);
      const auto less = tree_.FindLessThan(keys[n], trailer - 1);
      ASSERT_TRUE(less.valid());
      ASSERT_LE(CompareInternal(at.record().internal_key(),
                                less.record().internal_key()),
                0);
    }
  });
  for (uint64_t n = 0; n < count; ++n) {
    tree_.Insert(keys[n], PackTrailer(n + 1, ValueType::kPut), "");
    visible.store(n + 1, std::memory_order_release);
  }
  reader.join();
}

INSTANTIATE_TEST_SUITE_P(Shapes, RecordTreeTest, ::testing::ValuesIn(kShapes),
                         [](const auto& shape) { return shape.param.name; });

}  // namespace
}  // namespace lsmkv::engine
