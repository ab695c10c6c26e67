// Stores written by earlier formats must open for ever. Each folder beside this
// file is a store as some format version left it: CURRENT, a MANIFEST, a sealed
// log with unflushed writes, and a table with a range deletion.
//
// A change of a format adds a folder: LSMKV_WRITE_GOLDEN=<folder> makes the
// test write one instead of reading.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::engine {
namespace {

constexpr int kRecords = 200;

std::string Key(int i) { return "key" + std::to_string(1000 + i); }
std::string Value(int i) {
  return std::string(static_cast<size_t>(i % 40), static_cast<char>(i));
}

void WriteStore(const std::string& path) {
  Options options;
  options.memtable_bytes = 64 << 10;
  options.value_separation_bytes = 20;
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<DB> db, DB::Open(options, path));
  for (int i = 0; i < kRecords; ++i) {
    ASSERT_OK(db->Put({}, Key(i), Value(i)));
  }
  ASSERT_OK(db->Delete({}, Key(7)));
  ASSERT_OK(db->DeleteRange({}, Key(50), Key(60)));
  ASSERT_OK(db->Flush());
  WriteBatch batch;
  batch.Put(std::string("nul\0key", 7), "in the log");
  batch.Delete(Key(8));
  batch.DeleteRange(Key(100), Key(110));
  ASSERT_OK(db->Write({}, batch));
  ASSERT_OK(db->Put({}, "repeats", std::string(500, 'r')));
  ASSERT_OK(db->Close());
}

// `log_repeats`: the log has a batch that was compressed.
void ExpectStore(const std::string& path, bool log_repeats) {
  Options options;
  options.create_if_missing = false;
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<DB> db, DB::Open(options, path));
  for (int i = 0; i < kRecords; ++i) {
    const bool deleted =
        i == 7 || i == 8 || (i >= 50 && i < 60) || (i >= 100 && i < 110);
    const auto value = db->Get(Key(i));
    if (deleted) {
      EXPECT_STATUS(value, absl::StatusCode::kNotFound);
    } else {
      ASSERT_OK(value.status());
      EXPECT_EQ(*value, Value(i));
    }
  }
  EXPECT_EQ(*db->Get(std::string_view("nul\0key", 7)), "in the log");
  if (log_repeats) EXPECT_EQ(*db->Get("repeats"), std::string(500, 'r'));
  EXPECT_EQ(db->GetStats().last_version, log_repeats ? 206u : 205u);
}

void ExpectGoldenStore(const std::string& folder, bool log_repeats) {
  if (const char* write_to = std::getenv("LSMKV_WRITE_GOLDEN")) {
    if (folder != std::filesystem::path(write_to).filename()) return;
    WriteStore(write_to);
    std::filesystem::remove(std::string(write_to) + "/LOCK");
    return;
  }
  TempDir dir;
  const std::string copy = dir.File("store");
  std::filesystem::copy(std::string(LSMKV_GOLDEN_DIR) + "/" + folder, copy);
  ExpectStore(copy, log_repeats);
  ExpectStore(copy, log_repeats);  // and again, after what recovery made of it
}

TEST(GoldenTest, StoreOfFormat1Opens) { ExpectGoldenStore("format1", false); }

// With facts of the logs in the MANIFEST, and it in the headers of the logs.
TEST(GoldenTest, StoreOfFormat1WithLogFactsOpens) {
  ExpectGoldenStore("format1_log_facts", false);
}

TEST(GoldenTest, StoreOfFormat1WithCompressedLogOpens) {
  ExpectGoldenStore("format1_compressed_log", true);
}

// Half of the values are in a value file.
TEST(GoldenTest, StoreOfFormat2WithValueFilesOpens) {
  ExpectGoldenStore("format2_values", false);
}

constexpr int kStagedRecords = 300;

std::string StagedValue(int i) {
  return Value(i) + std::string(100, static_cast<char>(i));
}

// As a process leaves it that dies with some of its writes in a stage.
TEST(GoldenTest, StoreOfFormat2WithAStagedLogOpens) {
  constexpr char kFolder[] = "format2_staged_log";
  TempDir dir;
  const std::string copy = dir.File("store");
  Options options;
  options.durability = Durability::kOs;
  options.memtable_bytes = 64 << 10;
  if (const char* write_to = std::getenv("LSMKV_WRITE_GOLDEN")) {
    if (std::filesystem::path(write_to).filename() != kFolder) return;
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<DB> db, DB::Open(options, copy));
    for (int i = 0; i < kStagedRecords; ++i) {
      ASSERT_OK(db->Put({}, Key(i), StagedValue(i)));
    }
    std::filesystem::copy(copy, write_to);
    std::filesystem::remove(std::string(write_to) + "/LOCK");
    return;
  }
  std::filesystem::copy(std::string(LSMKV_GOLDEN_DIR) + "/" + kFolder, copy);
  options.create_if_missing = false;
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<DB> db, DB::Open(options, copy));
    for (int i = 0; i < kStagedRecords; ++i) {
      ASSERT_OK_AND_ASSIGN(const std::string value, db->Get(Key(i)));
      EXPECT_EQ(value, StagedValue(i));
    }
    EXPECT_EQ(db->GetStats().last_version, uint64_t{kStagedRecords});
  }
}

}  // namespace
}  // namespace lsmkv::engine
