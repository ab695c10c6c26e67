#include "engine/src/table/block_memory.h"

#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

TEST(BlockMemoryTest, TakesLittleMoreThanWasAskedFor) {
  size_t last = 0;
  for (size_t bytes = 0; bytes < 300000; ++bytes) {
    const size_t taken = BlockMemoryBytes(bytes);
    ASSERT_GE(taken, bytes);
    ASSERT_LE(taken, bytes + bytes / 32 + 1) << bytes;
    ASSERT_GE(taken, last) << bytes;
    ASSERT_EQ(BlockMemoryBytes(taken), taken) << bytes;
    last = taken;
  }
}

TEST(BlockMemoryTest, OneBlockLeavesItsMemoryToTheNextOfItsSize) {
  char* const first = TakeBlockMemory(4300);
  GiveBlockMemory(first, 4300);
#if !defined(LSMKV_SANITIZED)
  const auto was = reinterpret_cast<uintptr_t>(first);
  // Nothing else of this size is there, whatever thread asks.
  std::thread([was] {
    char* const other = TakeBlockMemory(5000);
    EXPECT_NE(reinterpret_cast<uintptr_t>(other), was);
    char* const next = TakeBlockMemory(4290);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(next), was);
    GiveBlockMemory(next, 4290);
    GiveBlockMemory(other, 5000);
  }).join();
#endif
}

// Any sizes in any order by several threads: nobody has what another has.
TEST(BlockMemoryTest, NoTwoBlocksShareMemory) {
  const uint64_t seed = TestSeed();
  const auto run = [seed](uint64_t thread) {
    Random rng(seed + thread);
    std::vector<std::pair<char*, size_t>> held;
    const auto check = [&](size_t i) {
      const auto [memory, bytes] = held[i];
      const auto mark = static_cast<char>(thread * 16 + bytes % 16);
      EXPECT_EQ(memory[0], mark);
      EXPECT_EQ(memory[bytes - 1], mark);
    };
    for (int step = 0; step < 20000; ++step) {
      if (held.size() < 50 && rng.OneIn(2)) {
        const size_t bytes = 1 + rng.Skewed(18);
        char* const memory = TakeBlockMemory(bytes);
        const auto mark = static_cast<char>(thread * 16 + bytes % 16);
        memory[0] = mark;
        memory[bytes - 1] = mark;
        held.emplace_back(memory, bytes);
      } else if (!held.empty()) {
        const size_t i = rng.Uniform(held.size());
        check(i);
        GiveBlockMemory(held[i].first, held[i].second);
        held[i] = held.back();
        held.pop_back();
      }
    }
    for (size_t i = 0; i < held.size(); ++i) {
      check(i);
      GiveBlockMemory(held[i].first, held[i].second);
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lsmkv::engine
