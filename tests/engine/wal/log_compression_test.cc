#include "engine/src/wal/log_compression.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/coding.h"
#include "engine/src/util/hash.h"
#include "engine/src/wal/log_reader.h"
#include "engine/src/wal/log_writer.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr char kPath[] = "/log";

std::string Decompressed(std::string_view compressed) {
  std::string payload;
  return DecompressLogPayload(compressed, &payload) ? payload : "refused";
}

TEST(LogCompressionTest, WhatRepeatsComesBack) {
  Random rng(TestSeed());
  LogCompressor compressor;
  // Sizes change, so that what one call leaves behind could disturb the next.
  for (int i = 0; i < 2000; ++i) {
    const std::string half = rng.Letters(40 + rng.Uniform(1900));
    const std::string tail = half + half;
    const std::string_view compressed = compressor.Compress("head", tail);
    ASSERT_FALSE(compressed.empty()) << tail.size();
    ASSERT_LT(compressed.size(), tail.size());
    ASSERT_EQ(Decompressed(compressed), "head" + tail);
  }
}

TEST(LogCompressionTest, WhatIsTooSmallOrTooLargeIsLeftAsItIs) {
  LogCompressor compressor;
  EXPECT_TRUE(compressor.Compress("", std::string(63, 'a')).empty());
  EXPECT_FALSE(compressor.Compress("", std::string(64, 'a')).empty());
  for (const size_t n : {size_t{4 << 10}, kLogRawBytesMax}) {
    EXPECT_FALSE(compressor.Compress("a", std::string(n - 1, 'a')).empty());
  }
  EXPECT_TRUE(
      compressor.Compress("a", std::string(kLogRawBytesMax, 'a')).empty());
  EXPECT_FALSE(compressor.CompressSmall("a", std::string(4095, 'a')).empty());
  EXPECT_TRUE(compressor.CompressSmall("a", std::string(4096, 'a')).empty());
}

TEST(LogCompressionTest, PayloadsThatWillNotShrinkAreSoonLeftAlone) {
  Random rng(TestSeed());
  LogCompressor compressor;
  const auto random_payload = [&] {
    std::string bytes(200, 0);
    for (char& c : bytes) c = static_cast<char>(rng.Uniform(256));
    return bytes;
  };
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(compressor.Compress("", random_payload()).empty());
  }
  // One in 64 is tried, and brings the others back.
  const std::string repeats(200, 'r');
  int tries = 1;
  while (compressor.Compress("", repeats).empty()) ++tries;
  EXPECT_LE(tries, 64);
  EXPECT_FALSE(compressor.Compress("", repeats).empty());
}

TEST(LogCompressionTest, DamagedPayloadsAreRefused) {
  LogCompressor compressor;
  const std::string raw(500, 'r');
  const std::string good(compressor.Compress("", raw));
  ASSERT_EQ(Decompressed(good), raw);
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(Decompressed(good.substr(0, n)), "refused") << n;
  }
  const std::string block = good.substr(2);  // behind the size
  std::string sized;
  PutVarint64(&sized, 499);
  EXPECT_EQ(Decompressed(sized + block), "refused");
  sized.clear();
  PutVarint64(&sized, 501);
  EXPECT_EQ(Decompressed(sized + block), "refused");
  sized.clear();
  PutVarint64(&sized, kLogRawBytesMax + 1);
  EXPECT_EQ(Decompressed(sized + block), "refused");
  sized.clear();
  PutVarint64(&sized, UINT64_MAX);
  EXPECT_EQ(Decompressed(sized + block), "refused");
}

class CompressedLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(writer_,
                         LogWriter::Create(&env_, kPath, LogKind::kWal, 7, 0));
    writer_->Compress();
  }
  void Add(uint64_t sequence, std::string_view payload,
           std::string_view tail = {}) {
    LogRecord record;
    record.sequence = sequence;
    record.payload = payload;
    writer_->Add(record, tail);
    ASSERT_OK(writer_->Flush());
  }
  std::unique_ptr<LogReader> Open() {
    auto reader = LogReader::Open(&env_, kPath, LogKind::kWal, 7);
    EXPECT_OK(reader.status());
    return *std::move(reader);
  }

  SimEnv env_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(CompressedLogTest, RecordsOfBothKindsComeBack) {
  const std::string repeats(1000, 'r');
  Add(1, "short");
  Add(2, "head", repeats);
  Add(3, std::string(10'000, 'l'));
  Add(4, repeats);
  ASSERT_OK(writer_->Seal(4, 0));
  EXPECT_LT(writer_->bytes(), 11'000u);
  const std::unique_ptr<LogReader> reader = Open();
  LogRecord record;
  for (const std::string& expected : {std::string("short"), "head" + repeats,
                                      std::string(10'000, 'l'), repeats}) {
    const uint64_t offset = reader->offset();
    ASSERT_OK_AND_ASSIGN(const auto outcome, reader->Read(&record));
    ASSERT_EQ(outcome, LogReader::Outcome::kRecord);
    EXPECT_EQ(record.payload, expected);
    EXPECT_EQ(record.file_bytes, reader->offset() - offset);
  }
  ASSERT_OK_AND_ASSIGN(const auto outcome, reader->Read(&record));
  EXPECT_EQ(outcome, LogReader::Outcome::kSealed);
}

TEST_F(CompressedLogTest, RecordsBehindADamagedOneAreFound) {
  Add(1, std::string(500, 'a'));
  const uint64_t second = writer_->bytes();
  LogRecord record;
  record.sequence = 2;
  record.durable_upto = 1;
  const std::string payload(500, 'b');
  record.payload = payload;
  writer_->Add(record);
  ASSERT_OK(writer_->Flush());
  ASSERT_OK(env_.CorruptByte(kPath, kLogHeaderBytes + 30));
  const std::unique_ptr<LogReader> reader = Open();
  ASSERT_OK_AND_ASSIGN(const auto outcome, reader->Read(&record));
  ASSERT_EQ(outcome, LogReader::Outcome::kBad);
  ASSERT_OK_AND_ASSIGN(const uint64_t durable, reader->DurableBehind());
  EXPECT_EQ(durable, 1u);
  ASSERT_OK_AND_ASSIGN(const bool skipped, reader->SkipBad());
  ASSERT_TRUE(skipped);
  EXPECT_EQ(reader->offset(), second);
  ASSERT_OK(reader->Read(&record));
  EXPECT_EQ(record.payload, payload);
}

}  // namespace
}  // namespace lsmkv::engine
