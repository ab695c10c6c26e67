#include "engine/src/util/arena.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(ArenaTest, PiecesOfManyThreadsDoNotOverlap) {
  Arena arena(4096);
  std::vector<std::thread> threads;
  std::vector<std::vector<std::pair<char*, size_t>>> pieces(4);
  for (size_t t = 0; t < pieces.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 1; i < 500; ++i) {
        const size_t bytes = i % 97 == 0 ? 9000 : i % 200 + 1;
        char* piece = arena.Allocate(bytes);
        std::memset(piece, static_cast<int>(t), bytes);
        pieces[t].emplace_back(piece, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t t = 0; t < pieces.size(); ++t) {
    for (const auto& [piece, bytes] : pieces[t]) {
      for (size_t i = 0; i < bytes; ++i) {
        ASSERT_EQ(static_cast<size_t>(piece[i]), t);
      }
    }
  }
}

TEST(ArenaTest, UsedGrowsWithWhatIsHandedOut) {
  Arena arena(1 << 20);
  const size_t before = arena.used_bytes();
  arena.Allocate(1000);
  EXPECT_GE(arena.used_bytes(), before + 1000);
  EXPECT_LT(arena.used_bytes(), before + 2000);
}

TEST(ArenaTest, LargePieceLeavesTheCurrentBlockInUse) {
  Arena arena(4096);
  const char* small = arena.Allocate(16);
  arena.Allocate(100000);
  EXPECT_EQ(arena.Allocate(16), small + 16);
}

TEST(ArenaTest, ReadyBlockIsInMemoryBeforeItIsUsed) {
  constexpr size_t kBlockBytes = 2 << 20;
  // Those of earlier arenas first.
  std::vector<std::unique_ptr<Arena>> arenas;
  do {
    arenas.push_back(std::make_unique<Arena>(kBlockBytes));
  } while (!Arena::WantsReadyBlock());
  Arena::PrepareReadyBlock();
  EXPECT_FALSE(Arena::WantsReadyBlock());

  Arena arena(kBlockBytes);
  EXPECT_TRUE(Arena::WantsReadyBlock());
  char* const piece = arena.Allocate(1);
  char* const begin = piece - reinterpret_cast<uintptr_t>(piece) % kBlockBytes;
  unsigned char resident[kBlockBytes / 4096] = {};
  ASSERT_EQ(::mincore(begin, kBlockBytes, resident), 0);
  for (const unsigned char page : resident) ASSERT_EQ(page & 1, 1);
}

}  // namespace
}  // namespace lsmkv::engine
