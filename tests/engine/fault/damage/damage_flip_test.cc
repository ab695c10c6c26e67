// Every bit of every file of small stores flipped, one at a time.

#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/table/table_format.h"
#include "tests/engine/fault/damage/damage_judge.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

constexpr int kShards = 6;
constexpr uint64_t kStoreSeed = 1;

struct Flip {
  std::string path;
  uint64_t offset;
  uint8_t mask;
};

bool IsTable(const std::string& path) { return path.ends_with(".sst"); }

bool IsValues(const std::string& path) { return path.ends_with(".val"); }

// The tables and values of kManyLogs are those of kClosed.
std::vector<Flip> FlipsOf(const DamageStore& store) {
  std::vector<Flip> flips;
  for (const auto& [path, bytes] : store.files) {
    if (store.kind == StoreKind::kManyLogs &&
        (IsTable(path) || IsValues(path))) {
      continue;
    }
    for (uint64_t offset = 0; offset < bytes.size(); ++offset) {
      for (int bit = 0; bit < 8; ++bit) {
        flips.push_back({path, offset, static_cast<uint8_t>(1 << bit)});
      }
    }
  }
  return flips;
}

bool InFilter(const DamageStore& store, const Flip& flip) {
  if (!IsTable(flip.path)) return false;
  const std::string& bytes = store.files.at(flip.path);
  const auto footer =
      DecodeFooter(flip.path, bytes.size(),
                   std::string_view(bytes).substr(bytes.size() - kFooterBytes));
  return flip.offset >= footer->filter.offset &&
         flip.offset <
             footer->filter.offset + footer->filter.bytes + kBlockTrailerBytes;
}

class DamageFlipTest
    : public ::testing::TestWithParam<std::tuple<StoreKind, int>> {};

TEST_P(DamageFlipTest, FlippedBitIsHarmlessOrRefused) {
  const auto [kind, shard] = GetParam();
  const DamageStore store = MakeStore(kind, kStoreSeed);
  const std::vector<Flip> flips = FlipsOf(store);
  Judge judge(&store, TestSeed());
  const uint64_t stride = kShards * (flips.size() / Scaled(flips.size()));
  for (size_t i = static_cast<size_t>(shard);
       i < flips.size() && !judge.gave_up(); i += stride) {
    const Flip& flip = flips[i];
    std::string bytes = store.files.at(flip.path);
    bytes[flip.offset] = static_cast<char>(bytes[flip.offset] ^ flip.mask);
    Case damage;
    damage.what = flip.path + " byte " + std::to_string(flip.offset) + " xor " +
                  std::to_string(flip.mask);
    damage.changes = {{flip.path, std::move(bytes)}};
    damage.offset = flip.offset;
    damage.every_key = InFilter(store, flip);
    damage.verify = IsTable(flip.path) || IsValues(flip.path);
    judge.Try(damage);
  }
  judge.tally().Report("byte flips", flips.size() / kShards);
}

std::string NameOfParam(
    const ::testing::TestParamInfo<DamageFlipTest::ParamType>& info) {
  return std::string(NameOf(std::get<0>(info.param))) +
         std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Stores, DamageFlipTest,
                         ::testing::Combine(::testing::ValuesIn(kStoreKinds),
                                            ::testing::Range(0, kShards)),
                         NameOfParam);

TEST(DamageFlipsTest, TheyAreAsManyAsPromised) {
  uint64_t flips = 0;
  for (const StoreKind kind : kStoreKinds) {
    flips += FlipsOf(MakeStore(kind, kStoreSeed)).size();
  }
  EXPECT_GE(flips, 200'000u);
}

}  // namespace
}  // namespace lsmkv::engine
