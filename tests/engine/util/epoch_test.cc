#include "engine/src/util/epoch.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(EpochTest, NothingIsFreedUnderAGuard) {
  std::atomic<bool> freed{false};
  std::atomic<int> step{0};
  std::thread reader([&] {
    const EpochGuard guard;
    step = 1;
    while (step != 2) std::this_thread::yield();
  });
  while (step != 1) std::this_thread::yield();
  Epochs::Retire([&] { freed = true; });
  EXPECT_FALSE(freed);
  step = 2;
  reader.join();
  Epochs::Drain();
  EXPECT_TRUE(freed);
}

TEST(EpochTest, NestedGuardsHoldUntilTheOuterGoes) {
  bool freed = false;
  {
    const EpochGuard outer;
    { const EpochGuard inner; }
    Epochs::Retire([&] { freed = true; });
    EXPECT_FALSE(freed);
  }
  Epochs::Drain();
  EXPECT_TRUE(freed);
}

TEST(EpochTest, ReadersNeverSeeAFreedObject) {
  struct Object {
    std::atomic<int> alive{1};
    ~Object() { alive = 0; }
  };
  std::atomic<Object*> current{new Object};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  std::atomic<uint64_t> dead_seen{0};
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const EpochGuard guard;
        if (current.load(std::memory_order_acquire)->alive != 1) ++dead_seen;
      }
    });
  }
  for (int i = 0; i < 5000; ++i) {
    Object* old = current.exchange(new Object);
    Epochs::Retire([old] { delete old; });
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  Epochs::Drain();
  delete current.load();
  EXPECT_EQ(dead_seen, 0u);
}

}  // namespace
}  // namespace lsmkv::engine
