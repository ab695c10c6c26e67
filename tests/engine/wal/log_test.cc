// The log format through its writer and its reader.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/hash.h"
#include "engine/src/wal/log_reader.h"
#include "engine/src/wal/log_writer.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr char kPath[] = "/log";

class LogTest : public ::testing::Test {
 protected:
  void Create(uint64_t preallocate_bytes = 0) {
    ASSERT_OK_AND_ASSIGN(writer_, LogWriter::Create(&env_, kPath, LogKind::kWal,
                                                    7, preallocate_bytes));
  }
  void Add(uint64_t sequence, uint64_t durable_upto, std::string payload) {
    LogRecord record;
    record.sequence = sequence;
    record.durable_upto = durable_upto;
    record.payload = payload;
    writer_->Add(record);
    ASSERT_OK(writer_->Flush());
  }
  std::unique_ptr<LogReader> Open() {
    auto reader = LogReader::Open(&env_, kPath, LogKind::kWal, 7);
    EXPECT_OK(reader.status());
    return *std::move(reader);
  }
  // The payloads up to the end, and how it ended.
  std::vector<std::string> ReadAll(LogReader* reader,
                                   LogReader::Outcome* outcome) {
    std::vector<std::string> payloads;
    LogRecord record;
    while (true) {
      const auto result = reader->Read(&record);
      EXPECT_OK(result.status());
      *outcome = *result;
      if (*result != LogReader::Outcome::kRecord) return payloads;
      payloads.emplace_back(record.payload);
    }
  }

  SimEnv env_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogTest, RecordsOfEverySizeComeBack) {
  Create();
  std::vector<std::string> written;
  uint64_t sequence = 1;
  for (size_t size : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{9},
                      size_t{1000}, size_t{1} << 20, (size_t{1} << 21) + 3}) {
    written.emplace_back(size, static_cast<char>('a' + sequence));
    Add(sequence++, 0, written.back());
  }
  LogReader::Outcome outcome;
  EXPECT_EQ(ReadAll(Open().get(), &outcome), written);
  EXPECT_EQ(outcome, LogReader::Outcome::kEnd);
}

TEST_F(LogTest, SequenceAndDurabilityComeBack) {
  Create();
  Add(100, 42, "x");
  LogRecord record;
  ASSERT_OK(Open()->Read(&record).status());
  EXPECT_EQ(record.sequence, 100u);
  EXPECT_EQ(record.durable_upto, 42u);
}

TEST_F(LogTest, ReservedSpaceIsTheEndNotDamage) {
  Create(1 << 16);
  Add(1, 0, "x");
  LogReader::Outcome outcome;
  EXPECT_EQ(ReadAll(Open().get(), &outcome).size(), 1u);
  EXPECT_EQ(outcome, LogReader::Outcome::kEnd);
}

TEST_F(LogTest, SealEndsTheLog) {
  Create();
  Add(1, 0, "x");
  ASSERT_OK(writer_->Seal(1, 1));
  LogReader::Outcome outcome;
  EXPECT_EQ(ReadAll(Open().get(), &outcome).size(), 1u);
  EXPECT_EQ(outcome, LogReader::Outcome::kSealed);
}

TEST_F(LogTest, CutAtEveryLengthGivesAPrefixOrABadRecord) {
  Create();
  for (uint64_t i = 1; i <= 5; ++i) Add(i, 0, std::string(i * 11, 'x'));
  ASSERT_OK(writer_->Close());
  ASSERT_OK_AND_ASSIGN(const std::string whole, env_.ReadFile(kPath));
  for (size_t n = 0; n < whole.size(); ++n) {
    ASSERT_OK(env_.WriteFile(kPath, whole.substr(0, n)));
    if (n < kLogHeaderBytes) {
      EXPECT_STATUS(LogReader::Open(&env_, kPath, LogKind::kWal, 7),
                    absl::StatusCode::kDataLoss);
      continue;
    }
    LogReader::Outcome outcome;
    const auto payloads = ReadAll(Open().get(), &outcome);
    for (size_t i = 0; i < payloads.size(); ++i) {
      ASSERT_EQ(payloads[i], std::string((i + 1) * 11, 'x'));
    }
    ASSERT_NE(outcome, LogReader::Outcome::kSealed);
  }
}

TEST_F(LogTest, EveryFlippedByteOfARecordIsFound) {
  Create();
  for (uint64_t i = 1; i <= 3; ++i) Add(i, i - 1, "payload8");
  ASSERT_OK(writer_->Close());
  ASSERT_OK_AND_ASSIGN(const std::string whole, env_.ReadFile(kPath));
  const size_t record_bytes = LogRecordBytes(8);
  for (size_t at = kLogHeaderBytes; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    ASSERT_OK(env_.WriteFile(kPath, bytes));
    LogReader::Outcome outcome;
    const auto reader = Open();
    const size_t good = ReadAll(reader.get(), &outcome).size();
    EXPECT_EQ(good, (at - kLogHeaderBytes) / record_bytes);
    EXPECT_EQ(outcome, LogReader::Outcome::kBad);
  }
}

TEST_F(LogTest, LaterRecordTellsThatTheBadOneWasDurable) {
  Create();
  Add(1, 0, "one");
  const uint64_t second_at = writer_->bytes();
  Add(2, 0, "two");
  Add(3, 2, "three");
  ASSERT_OK(env_.CorruptByte(kPath, second_at + 4));
  const auto reader = Open();
  LogReader::Outcome outcome;
  EXPECT_EQ(ReadAll(reader.get(), &outcome).size(), 1u);
  EXPECT_EQ(outcome, LogReader::Outcome::kBad);
  ASSERT_OK_AND_ASSIGN(const uint64_t durable, reader->DurableBehind());
  EXPECT_EQ(durable, 2u);
}

TEST_F(LogTest, RecordBehindARunOfZerosIsFound) {
  constexpr size_t kRuns[] = {1,       7,       8,       9,          40,
                              4095,    4096,    65528,   65536,      65544,
                              1 << 16, 1 << 20, 3 << 20, 2100 * 1000};
  for (const size_t zeros : kRuns) {
    SCOPED_TRACE(zeros);
    env_.RemoveFile(kPath).IgnoreError();
    Create();
    Add(1, 0, "one");
    const uint64_t second_at = writer_->bytes();
    Add(2, 0, std::string(zeros, '\0'));
    const uint64_t third_at = writer_->bytes();
    Add(3, 2, std::string(zeros, '\0'));
    ASSERT_OK(env_.CorruptByte(kPath, second_at + 4));
    const auto reader = Open();
    LogReader::Outcome outcome;
    EXPECT_EQ(ReadAll(reader.get(), &outcome).size(), 1u);
    EXPECT_EQ(outcome, LogReader::Outcome::kBad);
    ASSERT_OK_AND_ASSIGN(const uint64_t durable, reader->DurableBehind());
    EXPECT_EQ(durable, 2u);
    ASSERT_OK_AND_ASSIGN(const bool found, reader->SkipBad());
    EXPECT_TRUE(found);
    EXPECT_EQ(reader->offset(), third_at);
  }
}

TEST_F(LogTest, RecordOfAnotherFileOrPlaceIsNotAccepted) {
  Create();
  Add(1, 0, "payload8");
  Add(2, 0, "payload8");
  ASSERT_OK(writer_->Close());
  ASSERT_OK_AND_ASSIGN(std::string bytes, env_.ReadFile(kPath));
  // The first record over the second: sound bytes in the wrong place.
  const size_t n = LogRecordBytes(8);
  bytes.replace(kLogHeaderBytes + n, n, bytes.substr(kLogHeaderBytes, n));
  ASSERT_OK(env_.WriteFile(kPath, bytes));
  LogReader::Outcome outcome;
  EXPECT_EQ(ReadAll(Open().get(), &outcome).size(), 1u);
  EXPECT_EQ(outcome, LogReader::Outcome::kBad);
}

TEST_F(LogTest, NewerFormatIsRefusedNamingBothVersions) {
  std::string header = EncodeLogHeader({LogKind::kWal, 7, 1});
  header[8] = 3;
  const std::string fixed_header = header.substr(0, 40);
  const uint32_t checksum = Checksum32(fixed_header, 0);
  header.replace(40, 4, reinterpret_cast<const char*>(&checksum), 4);
  ASSERT_OK(env_.WriteFile(kPath, header));
  EXPECT_STATUS_CONTAINS(LogReader::Open(&env_, kPath, LogKind::kWal, 7),
                         absl::StatusCode::kFailedPrecondition,
                         "version 3 is newer than 2");
}

TEST_F(LogTest, HeaderOfAnotherNumberIsRefused) {
  Create();
  EXPECT_STATUS_CONTAINS(LogReader::Open(&env_, kPath, LogKind::kWal, 8),
                         absl::StatusCode::kDataLoss, "another file");
  EXPECT_STATUS(LogReader::Open(&env_, kPath, LogKind::kManifest, 7),
                absl::StatusCode::kDataLoss);
}

TEST_F(LogTest, WriterRefusesToGoOnAfterAFailedSync) {
  Create();
  Add(1, 0, "x");
  env_.FailNth(kSimSync, 1, absl::InternalError("disk"));
  EXPECT_STATUS(writer_->Sync(), absl::StatusCode::kInternal);
  EXPECT_STATUS(writer_->Sync(), absl::StatusCode::kFailedPrecondition);
  LogRecord record;
  writer_->Add(record);
  EXPECT_STATUS(writer_->Flush(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace lsmkv::engine
