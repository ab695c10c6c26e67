#include "engine/src/memtable/skiplist.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

TEST(SkipListTest, AgreesWithASortedSet) {
  Arena arena(4096);
  SkipList list(&arena);
  SkipList::Splice splice;
  lsmkv::Random rng(TestSeed());
  std::set<std::string> model;
  for (int i = 0; i < 2000; ++i) {
    // Keys that share their first eight bytes are among them.
    std::string key = rng.OneIn(2) ? "sameprefix" : "";
    key += std::to_string(rng.Uniform(5000));
    if (!model.insert(key).second) continue;
    list.Insert(key, PackTrailer(static_cast<uint64_t>(i) + 1, ValueType::kPut),
                "v" + key, &splice);
  }
  auto expected = model.begin();
  for (const auto* node = list.First(); node != nullptr; node = node->next(0)) {
    ASSERT_EQ(node->key(), *expected);
    ASSERT_EQ(node->value(), "v" + *expected);
    ++expected;
  }
  EXPECT_EQ(expected, model.end());
  EXPECT_EQ(list.Last()->key(), *model.rbegin());
  for (int i = 0; i < 5000; ++i) {
    const std::string key = std::to_string(i);
    const auto at = model.lower_bound(key);
    const auto* node = list.FindGreaterOrEqual(key, UINT64_MAX);
    ASSERT_EQ(node == nullptr, at == model.end());
    if (node != nullptr) ASSERT_EQ(node->key(), *at);
    const auto* before = list.FindLessThan(key, UINT64_MAX);
    ASSERT_EQ(before == nullptr, at == model.begin());
    if (before != nullptr) ASSERT_EQ(before->key(), *std::prev(at));
  }
}

TEST(SkipListTest, AscendingAndDescendingInsertsKeepOrder) {
  Arena arena(4096);
  SkipList list(&arena);
  SkipList::Splice splice;
  uint64_t sequence = 0;
  for (int i = 0; i < 1000; ++i) {
    for (int n : {1000000 + i, 999999 - i}) {
      list.Insert(std::to_string(n), PackTrailer(++sequence, ValueType::kPut),
                  "", &splice);
    }
  }
  std::string last;
  size_t count = 0;
  for (const auto* node = list.First(); node != nullptr; node = node->next(0)) {
    const std::string key(node->key());
    ASSERT_TRUE(last.empty() || std::stoi(last) < std::stoi(key) ||
                last.size() != key.size());
    last = key;
    ++count;
  }
  EXPECT_EQ(count, 2000u);
}

TEST(SkipListTest, ConcurrentInsertsAreAllThereAndReadersSeeThemInOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 3000;
  Arena arena(1 << 16);
  SkipList list(&arena);
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> disorder{0};
  std::thread reader([&] {
    while (!stop) {
      const SkipList::Node* last = nullptr;
      for (const auto* node = list.First(); node != nullptr;
           node = node->next(0)) {
        if (last != nullptr && !(last->key() < node->key())) ++disorder;
        if (node->value() != node->key()) ++disorder;
        last = node;
      }
    }
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      SkipList::Splice splice;
      for (int i = 0; i < kEach; ++i) {
        const int n = i * kThreads + t;
        const std::string key = std::to_string(n * 7919 % 1000003 + 1000000);
        list.Insert(key,
                    PackTrailer(static_cast<uint64_t>(n) + 1, ValueType::kPut),
                    key, &splice);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  reader.join();
  size_t count = 0;
  for (const auto* node = list.First(); node != nullptr; node = node->next(0)) {
    ++count;
  }
  EXPECT_EQ(count, static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(disorder, 0u);
}

}  // namespace
}  // namespace lsmkv::engine
