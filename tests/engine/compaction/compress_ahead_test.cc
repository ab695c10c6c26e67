// CompressAhead against compressing each value when its turn comes.

#include "engine/src/compaction/compress_ahead.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/internal_key.h"
#include "engine/src/table/value_format.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {
namespace {

struct Put {
  std::string key;
  std::string value;
  bool to_value_file = false;
};

class CompressAheadTest : public testing::TestWithParam<Compression> {
 protected:
  // Runs of those that go to a value file, some of them large, half of them
  // compressible, and runs of those that seldom do.
  std::vector<Put> RandomPuts(size_t n) {
    std::vector<Put> puts;
    uint64_t separate_one_in = 1;
    for (size_t i = 0; i < n; ++i) {
      Put put;
      put.key = MakeInternalKey("key" + std::to_string(i),
                                PackTrailer(n - i, ValueType::kPut));
      if (i % 100 == 0) separate_one_in = 1 + rng_.Uniform(50);
      put.to_value_file = rng_.OneIn(separate_one_in);
      const size_t bytes = rng_.OneIn(20) ? 200'000 : 20'000;
      put.value.resize(rng_.Uniform(put.to_value_file ? bytes : 100));
      const uint64_t alphabet = rng_.OneIn(2) ? 3 : 256;
      for (char& c : put.value) c = static_cast<char>(rng_.Uniform(alphabet));
      puts.push_back(std::move(put));
    }
    return puts;
  }
  void ExpectFront(const Put& put, CompressAhead* line) {
    const CompressAhead::Entry entry = line->Front();
    EXPECT_EQ(entry.internal_key, put.key);
    EXPECT_TRUE(entry.value == put.value);
    ASSERT_EQ(entry.block.has_value(), put.to_value_file);
    if (put.to_value_file) {
      std::string record;
      EncodeValueRecord(
          {UserKey(put.key), TrailerSequence(Trailer(put.key)), put.value},
          &record);
      std::string_view stored;
      EXPECT_EQ(compressor_.Compress(record, &buffer_, &stored),
                entry.block->compression);
      EXPECT_TRUE(entry.block->contents == stored);
    }
    line->Pop();
  }

  lsmkv::Random rng_{TestSeed()};
  BlockCompressor compressor_{GetParam()};
  std::string buffer_;
};

TEST_P(CompressAheadTest, EntriesComeInOrderWithTheSameBlocks) {
  const std::vector<Put> puts = RandomPuts(2000);
  CompressAhead line(GetParam());
  size_t next = 0;
  for (const Put& put : puts) {
    while (line.full() || (!line.empty() && rng_.OneIn(50))) {
      ExpectFront(puts[next++], &line);
    }
    line.Push(put.key, put.value, put.to_value_file);
  }
  while (!line.empty()) ExpectFront(puts[next++], &line);
  EXPECT_EQ(next, puts.size());
}

TEST_P(CompressAheadTest, LineMayBeLeftWithEntriesInIt) {
  const std::vector<Put> puts = RandomPuts(100);
  for (size_t n = 0; n < 30; ++n) {
    CompressAhead line(GetParam());
    for (size_t i = 0; i < n && !line.full(); ++i) {
      line.Push(puts[i].key, puts[i].value, puts[i].to_value_file);
    }
  }
}

TEST_P(CompressAheadTest, LineHoldsLittleMemory) {
  const std::string key =
      MakeInternalKey("key", PackTrailer(1, ValueType::kPut));
  const std::string value(3 << 20, 'x');
  CompressAhead line(GetParam());
  int n = 0;
  for (; !line.full(); ++n) line.Push(key, value, true);
  EXPECT_EQ(n, 2);
}

INSTANTIATE_TEST_SUITE_P(Compressions, CompressAheadTest,
                         testing::Values(Compression::kNone, Compression::kLz4,
                                         Compression::kZstd),
                         [](const auto& info) {
                           return "Compression" +
                                  std::to_string(static_cast<int>(info.param));
                         });

}  // namespace
}  // namespace lsmkv::engine
