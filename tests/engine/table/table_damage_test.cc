// Tables whose bytes are wrong: the right data or an error, never anything
// else, and no read past what is there (run it with sanitizers).

#include <random>

#include <gtest/gtest.h>

#include "engine/src/util/coding.h"
#include "tests/engine/table/table_fixture.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

using State = PointResult::State;

bool IsRefusal(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsFailedPrecondition(status);
}

// Every answer of the table is that of `entries`, or a refusal.
void ExpectRightOrRefused(const std::string& bytes, const Entries& entries) {
  BlockCache cache(1 << 20);
  auto table = OpenTable(bytes, &cache);
  if (!table.ok()) {
    ASSERT_TRUE(IsRefusal(table.status())) << table.status().message();
    return;
  }
  for (const auto& [key, value] : entries) {
    const Found found = GetFrom(**table, UserKey(key), Trailer(key) >> 8);
    if (!found.status.ok()) {
      ASSERT_TRUE(IsRefusal(found.status));
      continue;
    }
    ASSERT_EQ(found.state, State::kPut);
    ASSERT_EQ(found.value, value);
  }
  ASSERT_TRUE(!GetFrom(**table, "absent").status.ok() ||
              GetFrom(**table, "absent").state == State::kAbsent);
  ASSERT_EQ((*table)->range_tombstones().Covering("r", 100), 50u);
  const auto iterator = (*table)->NewIterator(true);
  size_t i = 0;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next(), ++i) {
    ASSERT_LT(i, entries.size());
    ASSERT_EQ(iterator->key(), entries[i].first);
    ASSERT_EQ(iterator->value(), entries[i].second);
  }
  ASSERT_TRUE(i == entries.size() || IsRefusal(iterator->status()));
}

class TableDamage : public testing::TestWithParam<Compression> {
 protected:
  void SetUp() override {
    for (size_t i = 0; i < 12; ++i) {
      entries_.emplace_back(PutKey(NumberKey(i), 1000 + i * i),
                            std::string(i * 9, static_cast<char>('a' + i)));
    }
    TableBuildOptions options;
    options.block_bytes = 200;
    options.compression = GetParam();
    BuiltTable built = BuildTable(entries_, options, {{"q", "s", 50}});
    bytes_ = std::move(built.bytes);
    summary_ = std::move(built.summary);
  }

  Entries entries_;
  std::string bytes_;
  TableSummary summary_;
};

INSTANTIATE_TEST_SUITE_P(Table, TableDamage,
                         testing::Values(Compression::kNone, Compression::kLz4,
                                         Compression::kZstd));

TEST_P(TableDamage, SoundTableVerifies) {
  auto table = OpenTable(bytes_);
  ASSERT_TRUE(table.ok());
  EXPECT_TRUE(FindingsIn(**table, bytes_, summary_).empty());
  ASSERT_NO_FATAL_FAILURE(ExpectRightOrRefused(bytes_, entries_));
}

TEST_P(TableDamage, EveryFlippedByteIsHarmlessOrRefused) {
  auto sound = OpenTable(bytes_);
  ASSERT_TRUE(sound.ok());
  for (size_t i = 0; i < bytes_.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string damaged = bytes_;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      SCOPED_TRACE("byte " + std::to_string(i));
      ASSERT_NO_FATAL_FAILURE(ExpectRightOrRefused(damaged, entries_));
      // Nothing escapes the verifier, and it knows where.
      const auto findings = FindingsIn(**sound, damaged, summary_);
      ASSERT_EQ(findings.size(), 1u);
      ASSERT_LE(findings[0].offset, i);
      ASSERT_EQ(findings[0].status.code(), absl::StatusCode::kDataLoss);
    }
  }
}

TEST_P(TableDamage, EveryCutIsRefused) {
  for (size_t n = 0; n < bytes_.size(); ++n) {
    const auto status = OpenTable(bytes_.substr(0, n)).status();
    ASSERT_TRUE(absl::IsDataLoss(status)) << n;
  }
}

TEST_P(TableDamage, DamagedFilterIsCountedAndNotUsed) {
  auto sound = OpenTable(bytes_);
  ASSERT_TRUE(sound.ok());
  // The filter follows the data.
  const uint64_t filter_at =
      (*sound)->ApproximateOffset(MakeInternalKey("zzz", kRangeEndTrailer));
  std::string damaged = bytes_;
  damaged[filter_at + 10] ^= 4;
  TableCounters counters;
  auto table = OpenTable(damaged, nullptr, &counters);
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(counters.filters_damaged(), 1u);
  for (const auto& [key, value] : entries_) {
    EXPECT_EQ(GetFrom(**table, UserKey(key)).value, value);
  }
}

// Sums that are right over contents that are not: only parsing can refuse.
TEST_P(TableDamage, MalformedContentsWithSoundChecksumsDoNotOverread) {
  std::mt19937_64 random(TestSeed());
  auto table = OpenTable(bytes_);
  ASSERT_TRUE(table.ok());
  TableBuildOptions options;
  options.block_bytes = 64 << 10;
  const BuiltTable plain = BuildTable(NumberedEntries(100, 20), options);
  Footer footer = *DecodeFooter(
      "t", plain.bytes.size(),
      std::string_view(plain.bytes).substr(plain.bytes.size() - kFooterBytes));
  const size_t data_bytes = footer.filter.offset - kBlockTrailerBytes;
  for (int i = 0; i < 20000; ++i) {
    const size_t n = random() % 4 == 0 ? random() % data_bytes : data_bytes;
    BlockRef block(DataBlock::New(n));
    plain.bytes.copy(block->contents(), n);
    for (int flips = 0; flips < 3 && n > 0; ++flips) {
      // The head of the block more often than the rest.
      const size_t at =
          random() % (random() % 2 == 0 ? std::min(n, size_t{64}) : n);
      block->contents()[at] = static_cast<char>(random());
    }
    if (!block->Parse()) continue;
    DataBlock::Entry entry;
    size_t sum = 0;
    for (uint32_t e = 0; e < block->count(); ++e) {
      entry = block->Decode(e);
      sum += Hash64(entry.shared) + Hash64(entry.suffix) + Hash64(entry.value);
    }
    EXPECT_NE(sum, 1u);
    for (const size_t k : {0u, 50u, 101u, 199u}) {
      const std::string key = NumberKey(k);
      static_cast<void>(block->Find(key, Hash64(key), kSequenceMax, &entry));
      EXPECT_LE(block->LowerBound(key, SeekTrailer(5)), block->count());
    }
  }
}

TEST_P(TableDamage, MalformedMetaBlocksAreRefused) {
  std::mt19937_64 random(TestSeed());
  for (int i = 0; i < 20000; ++i) {
    std::string contents(random() % 40, '\0');
    for (char& c : contents) {
      c = static_cast<char>(random() % 3 == 0 ? random() : random() % 8);
    }
    TableIndex index;
    if (index.Parse(MetaBlock(contents))) {
      EXPECT_LE(index.Find("key", 5), index.size());
    }
    Filter filter;
    if (filter.Parse(MetaBlock(contents))) filter.MayContain(random());
    TableProperties properties;
    properties.Parse(contents);
    std::vector<RangeTombstone> list;
    ParseRangeTombstones(contents, &list);
  }
}

TEST(TableIdentityTest, SoundBlockInTheWrongPlaceIsRefused) {
  const std::string contents = "contents of some block";
  const std::string block =
      contents + EncodeBlockTrailer(1, 4096, Compression::kNone, contents);
  EXPECT_TRUE(CheckBlock("t", 1, 4096, block).ok());
  EXPECT_TRUE(absl::IsDataLoss(CheckBlock("t", 1, 8192, block).status()));
  EXPECT_TRUE(absl::IsDataLoss(CheckBlock("t", 2, 4096, block).status()));
}

TEST(TableIdentityTest, FileOfAnotherIdIsRefused) {
  const BuiltTable built = BuildTable(NumberedEntries(10));
  const auto table =
      TableReader::Open(std::make_unique<StringReadFile>(built.bytes), "t.sst",
                        kTestFileId + 1, built.bytes.size(), nullptr, nullptr);
  EXPECT_TRUE(absl::IsDataLoss(table.status()));
}

TEST(TableIdentityTest, LaterFormatIsNamedNotGuessed) {
  std::string bytes = BuildTable(NumberedEntries(10)).bytes;
  Footer footer = *DecodeFooter(
      "t", bytes.size(),
      std::string_view(bytes).substr(bytes.size() - kFooterBytes));
  footer.format_version = kTableFormatVersion + 41;
  bytes.replace(bytes.size() - kFooterBytes, kFooterBytes,
                EncodeFooter(footer));
  const absl::Status status = OpenTable(bytes).status();
  ASSERT_TRUE(absl::IsFailedPrecondition(status));
  const std::string message(status.message());
  EXPECT_NE(message.find(std::to_string(kTableFormatVersion + 41)),
            std::string::npos);
  EXPECT_NE(message.find("up to " + std::to_string(kTableFormatVersion)),
            std::string::npos);
}

}  // namespace
}  // namespace lsmkv::engine
