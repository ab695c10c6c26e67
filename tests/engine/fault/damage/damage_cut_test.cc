// Every file of small stores cut at every length, and what is behind the cut
// read as zeros.

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/fault/damage/damage_judge.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kStoreSeed = 1;

bool IsTable(const std::string& path) { return path.ends_with(".sst"); }

bool IsValues(const std::string& path) { return path.ends_with(".val"); }

// The tables and values of kManyLogs are those of kClosed.
std::vector<std::pair<std::string, uint64_t>> CutsOf(const DamageStore& store) {
  std::vector<std::pair<std::string, uint64_t>> cuts;
  for (const auto& [path, bytes] : store.files) {
    if (store.kind == StoreKind::kManyLogs &&
        (IsTable(path) || IsValues(path))) {
      continue;
    }
    for (uint64_t n = 0; n < bytes.size(); ++n) cuts.emplace_back(path, n);
  }
  return cuts;
}

class DamageCutTest
    : public ::testing::TestWithParam<std::tuple<StoreKind, bool>> {};

TEST_P(DamageCutTest, CutFileIsRefusedOrAnUnsyncedTail) {
  const auto [kind, zeros] = GetParam();
  const DamageStore store = MakeStore(kind, kStoreSeed);
  const auto cuts = CutsOf(store);
  Judge judge(&store, TestSeed());
  const uint64_t stride = cuts.size() / Scaled(cuts.size());
  for (size_t i = 0; i < cuts.size() && !judge.gave_up(); i += stride) {
    const auto& [path, n] = cuts[i];
    std::string bytes = store.files.at(path).substr(0, n);
    if (zeros) bytes.resize(store.files.at(path).size());
    Case damage;
    damage.what = path + (zeros ? " zeros from byte " : " cut at byte ") +
                  std::to_string(n);
    damage.changes = {{path, std::move(bytes)}};
    damage.offset = n;
    judge.Try(damage);
  }
  judge.tally().Report(zeros ? "truncations filled with zeros" : "truncations",
                       cuts.size());
}

INSTANTIATE_TEST_SUITE_P(Stores, DamageCutTest,
                         ::testing::Combine(::testing::ValuesIn(kStoreKinds),
                                            ::testing::Bool()),
                         [](const auto& info) {
                           return std::string(NameOf(std::get<0>(info.param))) +
                                  (std::get<1>(info.param) ? "Zeros" : "");
                         });

TEST(DamageCutsTest, TheyAreAsManyAsPromised) {
  uint64_t cuts = 0;
  for (const StoreKind kind : kStoreKinds) {
    cuts += CutsOf(MakeStore(kind, kStoreSeed)).size();
  }
  EXPECT_GE(cuts, 20'000u);
}

}  // namespace
}  // namespace lsmkv::engine
