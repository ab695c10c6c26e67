// Sound bytes in wrong places, and larger damage: files missing, swapped,
// stale, foreign or grown; sectors zeroed, doubled or overwritten.

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/damage/damage_judge.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kStoreSeed = 1;

class DamageMisplacedTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  DamageMisplacedTest()
      : store_(MakeStore(GetParam(), kStoreSeed)),
        rng_(TestSeed()),
        judge_(&store_, rng_.Next()) {}

  // One changed file; nothing if the bytes are as they were.
  void Try(const std::string& what, const std::string& path,
           std::optional<std::string> bytes) {
    const std::string& before = store_.files.at(path);
    if (bytes && *bytes == before) return;
    Case damage;
    damage.what = path + " " + what;
    if (bytes) {
      const size_t n = std::min(before.size(), bytes->size());
      while (damage.offset < n &&
             before[damage.offset] == (*bytes)[damage.offset]) {
        ++damage.offset;
      }
    }
    damage.changes = {{path, std::move(bytes)}};
    damage.every_key = true;
    judge_.Try(damage);
  }

  const DamageStore store_;
  Random rng_;
  Judge judge_;
};

TEST_P(DamageMisplacedTest, SoundStoreIsRight) {
  Case nothing;
  nothing.what = "nothing";
  nothing.every_key = true;
  judge_.Try(nothing);
  EXPECT_EQ(judge_.tally().right, 1u);
}

TEST_P(DamageMisplacedTest, MissingOrEmptyFileIsRefused) {
  for (const auto& [path, bytes] : store_.files) {
    Try("missing", path, std::nullopt);
    Try("empty", path, "");
    Try("all zeros", path, std::string(bytes.size(), '\0'));
  }
  judge_.tally().Report("files missing or empty");
}

TEST_P(DamageMisplacedTest, SwappedFilesAreRefused) {
  for (const auto& [path, bytes] : store_.files) {
    for (const auto& [other, other_bytes] : store_.files) {
      if (path == other) continue;
      Try("a copy of " + other, path, other_bytes);
      if (path > other) continue;
      Case damage;
      damage.what = path + " swapped with " + other;
      damage.changes = {{path, other_bytes}, {other, bytes}};
      damage.every_key = true;
      judge_.Try(damage);
    }
  }
  judge_.tally().Report("files swapped");
}

TEST_P(DamageMisplacedTest, StaleFileIsRefusedOrHarmless) {
  for (const auto& [path, bytes] : store_.files) {
    const auto earlier = store_.earlier.find(path);
    if (earlier != store_.earlier.end()) {
      Try("as it was before", path, earlier->second);
    }
  }
  judge_.tally().Report("files stale");
}

// The names, numbers and sequences are the same, the values are others.
TEST_P(DamageMisplacedTest, ForeignFileIsRefused) {
  const DamageStore foreign = MakeStore(GetParam(), kStoreSeed + 1);
  for (const auto& [path, bytes] : foreign.files) {
    ASSERT_TRUE(store_.files.contains(path));
    Try("of another store", path, bytes);
  }
  const uint64_t same =
      store_.files.at("/db/CURRENT") == foreign.files.at("/db/CURRENT") ? 1 : 0;
  EXPECT_EQ(judge_.tally().refused, store_.files.size() - same);
  judge_.tally().Report("files foreign");
}

TEST_P(DamageMisplacedTest, GrownFileIsRefusedOrHarmless) {
  for (const auto& [path, bytes] : store_.files) {
    for (const size_t n : {1u, 7u, 8u, 24u, 100u, 513u, 5000u}) {
      Try("with garbage behind", path, bytes + rng_.Bytes(n));
      Try("with zeros behind", path, bytes + std::string(n, '\0'));
    }
    Try("twice", path, bytes + bytes);
  }
  judge_.tally().Report("files grown");
}

TEST_P(DamageMisplacedTest, ZeroedSectorsAreRefusedOrHarmless) {
  for (const auto& [path, bytes] : store_.files) {
    for (const size_t size : {64u, 512u, 4096u}) {
      for (size_t at = 0; at < bytes.size(); at += size) {
        std::string zeroed = bytes;
        const size_t n = std::min(size, bytes.size() - at);
        zeroed.replace(at, n, n, '\0');
        Try("zeros from " + std::to_string(at), path, std::move(zeroed));
      }
    }
  }
  judge_.tally().Report("sectors zeroed");
}

TEST_P(DamageMisplacedTest, DoubledSectorsAreRefusedOrHarmless) {
  for (const auto& [path, bytes] : store_.files) {
    for (size_t from = 0; from < bytes.size(); from += 512) {
      for (size_t to = 0; to < bytes.size(); to += 512) {
        std::string doubled = bytes;
        const size_t n =
            std::min<size_t>(512, bytes.size() - std::max(from, to));
        doubled.replace(to, n, bytes, from, n);
        Try(std::to_string(to) + " written over by " + std::to_string(from),
            path, std::move(doubled));
      }
    }
  }
  judge_.tally().Report("sectors doubled");
}

TEST_P(DamageMisplacedTest, GarbageAnywhereIsRefusedOrHarmless) {
  for (const auto& [path, bytes] : store_.files) {
    for (uint64_t i = 0; i < Scaled(200); ++i) {
      std::string damaged = bytes;
      const size_t at = rng_.Uniform(bytes.size());
      const size_t n = std::min<size_t>(1 + rng_.Skewed(9), bytes.size() - at);
      damaged.replace(at, n, rng_.Bytes(n));
      Try("garbage from " + std::to_string(at), path, std::move(damaged));
      if (judge_.gave_up()) return;
    }
  }
  judge_.tally().Report("runs of garbage");
}

INSTANTIATE_TEST_SUITE_P(Stores, DamageMisplacedTest,
                         ::testing::ValuesIn(kStoreKinds),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace lsmkv::engine
