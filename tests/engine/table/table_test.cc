// TableBuilder and TableReader together: lookups, bounds, statistics, refusals.

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/engine/table/table_fixture.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

using State = PointResult::State;

void ExpectPut(const Found& found, SequenceNumber sequence,
               std::string_view value) {
  EXPECT_TRUE(found.status.ok()) << found.status.message();
  EXPECT_EQ(found.state, State::kPut);
  EXPECT_EQ(found.sequence, sequence);
  EXPECT_EQ(found.value, value);
}
void ExpectAbsent(const Found& found) {
  EXPECT_TRUE(found.status.ok()) << found.status.message();
  EXPECT_EQ(found.state, State::kAbsent);
  EXPECT_EQ(found.value, "");
}

struct Shape {
  const char* name;
  size_t block_bytes;
  int filter_bits;
  Compression compression;
};

class TableShapes : public testing::TestWithParam<Shape> {
 protected:
  TableBuildOptions Options() const {
    TableBuildOptions options;
    options.block_bytes = GetParam().block_bytes;
    options.filter_bits_per_key = GetParam().filter_bits;
    options.compression = GetParam().compression;
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Table, TableShapes,
    testing::Values(Shape{"Tiny", 1, 10, Compression::kNone},
                    Shape{"Small", 300, 10, Compression::kLz4},
                    Shape{"Usual", 4096, 10, Compression::kNone},
                    Shape{"NoFilter", 4096, 0, Compression::kZstd},
                    Shape{"OneBlock", 4 << 20, 10, Compression::kLz4}),
    [](const auto& shape) { return shape.param.name; });

TEST_P(TableShapes, GetFindsEveryKeyAndNoOther) {
  const Entries entries = NumberedEntries(3000);
  BlockCache cache(1 << 20);
  const BuiltTable built = BuildTable(entries, Options());
  auto table = OpenTable(built.bytes, &cache);
  ASSERT_TRUE(table.ok()) << table.status().message();
  for (int round = 0; round < 2; ++round) {  // from the file, then cached
    for (size_t i = 0; i < entries.size(); ++i) {
      ExpectPut(GetFrom(**table, NumberKey(2 * i)), i + 1, entries[i].second);
      ExpectAbsent(GetFrom(**table, NumberKey(2 * i + 1)));
      // Not yet written as of this snapshot.
      ExpectAbsent(GetFrom(**table, NumberKey(2 * i), i));
    }
  }
  for (const char* outside : {"", "u", "user", "userz", "zzz", "\xff"}) {
    ExpectAbsent(GetFrom(**table, outside));
  }
  EXPECT_TRUE(FindingsIn(**table, built.bytes, built.summary).empty());
}

TEST_P(TableShapes, GetFindsEveryVersionOfAKey) {
  // The versions of "hot" fill many blocks; its neighbours share its bytes.
  Entries entries;
  entries.emplace_back(PutKey("ho", 5), "before");
  constexpr SequenceNumber kVersions = 900;
  for (SequenceNumber s = kVersions; s > 0; --s) {
    if (s % 7 == 0) {
      entries.emplace_back(DeleteKey("hot", 10 * s), "");
    } else {
      entries.emplace_back(PutKey("hot", 10 * s), std::to_string(s));
    }
  }
  entries.emplace_back(PutKey("hotter", 5), "after");
  auto table = OpenTable(BuildTable(entries, Options()).bytes);
  ASSERT_TRUE(table.ok());
  ExpectAbsent(GetFrom(**table, "hot", 9));
  for (SequenceNumber snapshot = 10; snapshot <= 10 * kVersions + 15;
       snapshot += 5) {
    const SequenceNumber s = std::min(snapshot / 10, kVersions);
    const Found found = GetFrom(**table, "hot", snapshot);
    if (s % 7 == 0) {
      ASSERT_EQ(found.state, State::kDelete) << snapshot;
      ASSERT_EQ(found.sequence, 10 * s);
      ASSERT_EQ(found.value, "");
    } else {
      ExpectPut(found, 10 * s, std::to_string(s));
    }
  }
  ExpectPut(GetFrom(**table, "ho"), 5, "before");
  ExpectPut(GetFrom(**table, "hotter"), 5, "after");
  ExpectAbsent(GetFrom(**table, "hott"));
}

TEST_P(TableShapes, RandomKeysAgreeWithAMap) {
  std::mt19937_64 random(TestSeed());
  // Few letters and any length: keys that are prefixes of keys, and long runs
  // in common.
  auto random_key = [&random] {
    std::string key(random() % 4 == 0 ? random() % 200 : random() % 12, 'a');
    for (size_t i = 0; i < key.size(); i += 1 + random() % 9) {
      key[i] = "ab\0\xff"[random() % 4];
    }
    return key;
  };
  std::map<std::string, std::string> model;
  for (int i = 0; i < 3000; ++i) {
    model[random_key()] = std::string(random() % 300, 'v');
  }
  Entries entries;
  for (const auto& [key, value] : model) {
    entries.emplace_back(PutKey(key, 1 + random() % 1000000), value);
  }
  BlockCache cache(64 << 10);
  auto table = OpenTable(BuildTable(entries, Options()).bytes, &cache);
  ASSERT_TRUE(table.ok());
  for (const auto& [key, value] : model) {
    const Found found = GetFrom(**table, key);
    ASSERT_EQ(found.state, State::kPut);
    ASSERT_EQ(found.value, value);
  }
  for (int i = 0; i < 3000; ++i) {
    const std::string key = random_key();
    ASSERT_EQ(GetFrom(**table, key).state == State::kPut, model.contains(key));
  }
  EXPECT_LE(cache.used_bytes(), cache.capacity_bytes());
}

TEST(TableTest, LargeValuesArePinnedAndOutliveTheirBlocksPlace) {
  const std::string large(1 << 20, 'x');
  BlockCache cache(4 << 20);
  PinnedValue value;
  {
    auto table = OpenTable(BuildTable({{PutKey("k", 1), large}}).bytes, &cache);
    ASSERT_TRUE(table.ok());
    for (const bool fill_cache : {false, true, true}) {
      ValueSink sink(&value);
      PointResult result;
      EpochGuard guard;
      ASSERT_TRUE((*table)
                      ->Get({"k", Hash64("k"), 1, fill_cache}, &result, &sink)
                      .ok());
      EXPECT_EQ(value.view(), large);
      EXPECT_EQ(value.version(), 1u);
    }
    EXPECT_GT(cache.used_bytes(), large.size());
  }
  EXPECT_EQ(cache.used_bytes(), 0u);
  EXPECT_EQ(value.view(), large);
}

TEST(TableTest, SummaryTellsWhatIsInTheFile) {
  const Entries entries = {{PutKey("b", 7), "one"},
                           {DeleteKey("b", 3), ""},
                           {PutKey("d", 9), "three"}};
  const BuiltTable built =
      BuildTable(entries, {}, {{"a", "c", 5}, {"c", "z", 2}, {"y", "y", 1}});
  EXPECT_EQ(built.summary.file_bytes, built.bytes.size());
  EXPECT_EQ(built.summary.file_checksum, Hash64(built.bytes));
  EXPECT_EQ(built.summary.records, 3u);
  EXPECT_EQ(built.summary.tombstones, 1u);
  EXPECT_EQ(built.summary.range_tombstones, 2u) << "an empty range is nothing";
  EXPECT_EQ(built.summary.raw_key_bytes, 27u);
  EXPECT_EQ(built.summary.raw_value_bytes, 8u);
  EXPECT_EQ(built.summary.smallest_sequence, 2u);
  EXPECT_EQ(built.summary.largest_sequence, 9u);
  EXPECT_EQ(built.summary.smallest,
            MakeInternalKey("a", PackTrailer(5, ValueType::kRangeDelete)));
  EXPECT_EQ(built.summary.largest, MakeInternalKey("z", kRangeEndTrailer));

  auto table = OpenTable(built.bytes);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ((*table)->range_tombstones().Covering("b", 9), 5u);
  EXPECT_EQ((*table)->range_tombstones().Covering("b", 4), 0u);
  EXPECT_EQ((*table)->range_tombstones().Covering("x", 9), 2u);
  uint64_t records = 0;
  const auto properties = (*table)->ReadProperties();
  ASSERT_TRUE(properties.ok()) << properties.status().message();
  EXPECT_TRUE(properties->Get("lsmkv.records", &records));
  EXPECT_EQ(records, 3u);
}

TEST(TableTest, BoundsWithoutRangeTombstonesAreTheFirstAndLastKey) {
  const BuiltTable built = BuildTable(NumberedEntries(500));
  EXPECT_EQ(built.summary.smallest, PutKey(NumberKey(0), 1));
  EXPECT_EQ(built.summary.largest, PutKey(NumberKey(998), 500));
}

TEST(TableTest, TableOfRangeTombstonesAlone) {
  auto table = OpenTable(BuildTable({}, {}, {{"a", "c", 5}}).bytes);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ((*table)->range_tombstones().Covering("b", 9), 5u);
  ExpectAbsent(GetFrom(**table, "b"));
  const auto iterator = (*table)->NewIterator(true);
  iterator->SeekToFirst();
  EXPECT_FALSE(iterator->Valid());
  EXPECT_TRUE(iterator->status().ok());
}

TEST(TableTest, AddRefusesKeysOutOfOrderAndUnknownTypes) {
  StringWritableFile file;
  TableBuilder builder({}, &file);
  EXPECT_TRUE(builder.empty());
  ASSERT_TRUE(builder.Add(PutKey("m", 5), "").ok());
  EXPECT_FALSE(builder.empty());
  EXPECT_TRUE(absl::IsInvalidArgument(builder.Add(PutKey("m", 5), "")));
  EXPECT_TRUE(absl::IsInvalidArgument(builder.Add(PutKey("m", 6), "")));
  EXPECT_TRUE(absl::IsInvalidArgument(builder.Add(PutKey("a", 1), "")));
  EXPECT_TRUE(absl::IsInvalidArgument(builder.Add("short", "")));
  EXPECT_TRUE(absl::IsInvalidArgument(builder.Add(
      MakeInternalKey("z", PackTrailer(1, ValueType::kRangeDelete)), "")));
  EXPECT_TRUE(builder.Add(PutKey("m", 4), "").ok());
  auto summary = builder.Finish();
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->records, 2u);
}

TEST(TableTest, ErrorOfTheFileSticks) {
  StringWritableFile file;
  file.set_capacity_bytes(300 << 10);
  TableBuilder builder({}, &file);
  absl::Status status;
  for (const auto& [key, value] : NumberedEntries(20000)) {
    status = builder.Add(key, value);
    if (!status.ok()) break;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_TRUE(absl::IsResourceExhausted(builder.Add(PutKey("z", 1), "")));
  EXPECT_TRUE(absl::IsResourceExhausted(builder.Finish().status()));
}

TEST(TableTest, EstimatedBytesIsNearTheFilesSize) {
  StringWritableFile file;
  TableBuilder builder({}, &file);
  for (const auto& [key, value] : NumberedEntries(20000)) {
    ASSERT_TRUE(builder.Add(key, value).ok());
  }
  const auto estimate = static_cast<double>(builder.EstimatedBytes());
  auto summary = builder.Finish();
  ASSERT_TRUE(summary.ok());
  EXPECT_NEAR(estimate / static_cast<double>(summary->file_bytes), 1.0, 0.02);
}

TEST(TableTest, CompressionThatDoesNotPayIsNotUsed) {
  std::mt19937 random(1);
  Entries entries;
  for (size_t i = 0; i < 100; ++i) {
    std::string value(500, '\0');
    for (char& c : value) c = static_cast<char>(random());
    entries.emplace_back(PutKey(NumberKey(i), 1), value);
  }
  TableBuildOptions options;
  const size_t plain = BuildTable(entries, options).bytes.size();
  options.compression = Compression::kLz4;
  // Range tombstones and index may still shrink; data must not grow.
  EXPECT_LE(BuildTable(entries, options).bytes.size(), plain + 8);
  const size_t regular =
      BuildTable(NumberedEntries(1000), options).bytes.size();
  EXPECT_LT(regular, 60000u);
}

TEST(TableTest, ApproximateOffsetGrowsWithTheKey) {
  const BuiltTable built = BuildTable(NumberedEntries(10000));
  auto table = OpenTable(built.bytes);
  ASSERT_TRUE(table.ok());
  auto offset_of = [&](const std::string& key) {
    return (*table)->ApproximateOffset(MakeInternalKey(key, kRangeEndTrailer));
  };
  EXPECT_EQ(offset_of(""), 0u);
  const auto middle = static_cast<double>(offset_of(NumberKey(10000)));
  const auto end = static_cast<double>(offset_of("z"));
  EXPECT_NEAR(middle / end, 0.5, 0.01);
  EXPECT_GT(end, static_cast<double>(built.bytes.size()) * 0.9);
}

TEST(TableTest, CountersSeeHitsMissesAndFilters) {
  BlockCache cache(8 << 20);
  TableCounters counters;
  auto table =
      OpenTable(BuildTable(NumberedEntries(20000)).bytes, &cache, &counters);
  ASSERT_TRUE(table.ok());
  GetFrom(**table, NumberKey(0));
  EXPECT_EQ(counters.cache_misses(), 1u);
  EXPECT_EQ(counters.cache_hits(), 0u);
  GetFrom(**table, NumberKey(2));
  EXPECT_EQ(counters.cache_hits(), 1u);
  for (size_t i = 0; i < 10000; ++i) GetFrom(**table, NumberKey(2 * i + 1));
  EXPECT_EQ(counters.filter_negatives() + counters.filter_false_positives(),
            10000u);
  EXPECT_GT(counters.filter_negatives(), 9800u);
  EXPECT_GT((*table)->memory_bytes(), 20000u);
}

TEST(TableTest, FillCacheFalseLeavesTheCacheAlone) {
  BlockCache cache(8 << 20);
  auto table = OpenTable(BuildTable(NumberedEntries(2000)).bytes, &cache);
  ASSERT_TRUE(table.ok());
  GetFrom(**table, NumberKey(0), kSequenceMax, /*fill_cache=*/false);
  const auto iterator = (*table)->NewIterator(/*fill_cache=*/false);
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
  }
  EXPECT_EQ(cache.used_bytes(), 0u);
}

}  // namespace
}  // namespace lsmkv::engine
