#include "service/core/snapshot_registry.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/mem_store.h"

namespace lsmkv::service {
namespace {

using std::chrono::milliseconds;

class SnapshotRegistryTest : public ::testing::Test {
 protected:
  SnapshotRegistry::Options Options(size_t most) {
    SnapshotRegistry::Options options;
    options.snapshots_max = most;
    options.ttl = milliseconds(1000);
    options.finished_ttl = milliseconds(100);
    options.clock = [this] {
      return SnapshotRegistry::TimePoint(milliseconds(now_ms_.load()));
    };
    return options;
  }
  std::shared_ptr<const StoreSnapshot> Snapshot() {
    return store_.GetSnapshot();
  }

  testing::MemStore store_;
  std::atomic<int64_t> now_ms_{0};
};

TEST_F(SnapshotRegistryTest, FindReturnsWhatWasAdded) {
  SnapshotRegistry registry(Options(10));
  auto snapshot = Snapshot();
  const uint64_t id = registry.Add(snapshot);
  EXPECT_NE(id, 0u);
  EXPECT_EQ(registry.Find(id), snapshot);
  EXPECT_EQ(registry.Find(id + 1), nullptr);
}

TEST_F(SnapshotRegistryTest, SnapshotGoesAfterItsTime) {
  SnapshotRegistry registry(Options(10));
  const uint64_t id = registry.Add(Snapshot());
  now_ms_ = 999;
  EXPECT_NE(registry.Find(id), nullptr);
  now_ms_ = 1998;  // renewed at 999
  EXPECT_NE(registry.Find(id), nullptr);
  now_ms_ = 2998;
  EXPECT_EQ(registry.Find(id), nullptr);
  EXPECT_EQ(store_.open_snapshots(), 0u);
}

TEST_F(SnapshotRegistryTest, FinishedSnapshotGoesSooner) {
  SnapshotRegistry registry(Options(10));
  const uint64_t id = registry.Add(Snapshot());
  registry.Finished(id);
  now_ms_ = 99;
  registry.DropExpired();
  EXPECT_EQ(registry.size(), 1u);
  now_ms_ = 100;
  registry.DropExpired();
  EXPECT_EQ(registry.size(), 0u);
}

TEST_F(SnapshotRegistryTest, TheOneUnusedForLongestMakesRoom) {
  SnapshotRegistry registry(Options(2));
  const uint64_t a = registry.Add(Snapshot());
  now_ms_ = 1;
  const uint64_t b = registry.Add(Snapshot());
  now_ms_ = 2;
  EXPECT_NE(registry.Find(a), nullptr);  // b is now the older one
  now_ms_ = 3;
  const uint64_t c = registry.Add(Snapshot());
  EXPECT_EQ(registry.size(), 2u);
  EXPECT_NE(registry.Find(a), nullptr);
  EXPECT_EQ(registry.Find(b), nullptr);
  EXPECT_NE(registry.Find(c), nullptr);
  EXPECT_EQ(store_.open_snapshots(), 2u);
}

TEST_F(SnapshotRegistryTest, SnapshotInUseOutlivesItsEntry) {
  SnapshotRegistry registry(Options(1));
  const uint64_t a = registry.Add(Snapshot());
  auto in_use = registry.Find(a);
  registry.Add(Snapshot());
  EXPECT_EQ(registry.Find(a), nullptr);
  EXPECT_EQ(store_.open_snapshots(), 2u);
  in_use.reset();
  EXPECT_EQ(store_.open_snapshots(), 1u);
}

TEST_F(SnapshotRegistryTest, SweeperLetsGoWithoutBeingAsked) {
  SnapshotRegistry::Options options;  // the real clock
  options.ttl = milliseconds(1);
  SnapshotRegistry registry(options);
  registry.Add(Snapshot());
  const auto limit =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (store_.open_snapshots() != 0 &&
         std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_EQ(store_.open_snapshots(), 0u);
}

}  // namespace
}  // namespace lsmkv::service
