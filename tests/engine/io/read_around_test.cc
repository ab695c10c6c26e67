#include "engine/src/io/read_around.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr uint64_t kPage = 16;
constexpr size_t kWindow = 64;

// Pages of a file, of which some are in memory.
struct Disk {
  std::set<uint64_t> resident;
  std::vector<std::pair<uint64_t, size_t>> ahead;
  int reads = 0;
};

class FakeFile final : public RandomAccessFile {
 public:
  FakeFile(std::string bytes, Disk* disk)
      : bytes_(std::move(bytes)), disk_(disk) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    ++disk_->reads;
    Fetch(offset, n);
    return std::string_view(scratch, bytes_.copy(scratch, n, offset));
  }
  absl::StatusOr<uint64_t> Size() const override { return bytes_.size(); }
  void ReadAhead(uint64_t offset, size_t n) const override {
    disk_->ahead.emplace_back(offset, n);
    Fetch(offset, n);
  }
  std::optional<std::string_view> ReadIfResident(uint64_t offset, size_t n,
                                                 char* scratch) const override {
    for (uint64_t at = offset / kPage; at * kPage < offset + n; ++at) {
      if (!disk_->resident.contains(at)) return std::nullopt;
    }
    return std::string_view(scratch, bytes_.copy(scratch, n, offset));
  }

 private:
  void Fetch(uint64_t offset, size_t n) const {
    for (uint64_t at = offset / kPage; at * kPage < offset + n; ++at) {
      disk_->resident.insert(at);
    }
  }

  const std::string bytes_;
  Disk* const disk_;
};

class ReadAroundTest : public ::testing::Test {
 protected:
  std::unique_ptr<RandomAccessFile> Wrap(ReadAroundBudget* budget) {
    return ReadAround(std::make_unique<FakeFile>(bytes_, &disk_), bytes_.size(),
                      budget);
  }
  void ExpectRead(const RandomAccessFile& file, uint64_t offset, size_t n) {
    std::string scratch(n, ' ');
    ASSERT_OK_AND_ASSIGN(const std::string_view got,
                         file.Read(offset, n, scratch.data()));
    EXPECT_EQ(got, std::string_view(bytes_).substr(offset, n));
  }

  const std::string bytes_ = [] {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 7));
    return bytes;
  }();
  Disk disk_;
};

TEST_F(ReadAroundTest, WindowsFromABlockThatIsNotInMemoryAreFetchedOnce) {
  ReadAroundBudget budget(kWindow);
  const auto file = Wrap(&budget);
  ExpectRead(*file, 70, 10);
  ASSERT_EQ(disk_.ahead.size(), 4u);
  for (uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(disk_.ahead[i], std::make_pair(64 * (1 + i), kWindow));
  }
  ExpectRead(*file, 100, 20);
  EXPECT_EQ(disk_.reads, 1) << "the window held it";
  // Gone again: memory is short.
  disk_.resident.clear();
  ExpectRead(*file, 100, 20);
  EXPECT_EQ(disk_.ahead.size(), 4u);
  EXPECT_EQ(disk_.reads, 2);
  // Those that are new go on from where it is.
  ExpectRead(*file, 10, 10);
  ASSERT_EQ(disk_.ahead.size(), 5u);
  EXPECT_EQ(disk_.ahead[4], std::make_pair(uint64_t{0}, kWindow));
}

TEST_F(ReadAroundTest, NothingBehindTheEndIsFetched) {
  ReadAroundBudget budget(kWindow);
  const auto file = Wrap(&budget);
  ExpectRead(*file, 890, 10);
  EXPECT_EQ(disk_.ahead.size(), 3u);
  ExpectRead(*file, 990, 10);
  EXPECT_EQ(disk_.ahead.size(), 3u);
}

TEST_F(ReadAroundTest, NobodyAsksWhatIsInMemoryOnceAllHasPaid) {
  ReadAroundBudget budget(kWindow);
  const auto file = Wrap(&budget);
  ExpectRead(*file, 0, 10);
  for (int i = 0; i < 4; ++i) ExpectRead(*file, 20, 10);
  EXPECT_EQ(disk_.reads, 1);
  EXPECT_TRUE(budget.full());
  ExpectRead(*file, 20, 10);
  EXPECT_EQ(disk_.reads, 2);
}

TEST_F(ReadAroundTest, WhatIsInMemoryOrLargeIsReadAsItIs) {
  ReadAroundBudget budget(kWindow);
  const auto file = Wrap(&budget);
  ExpectRead(*file, 0, kWindow);
  ExpectRead(*file, 10, 10);
  ExpectRead(*file, 2000 - 1000, 0);
  EXPECT_TRUE(disk_.ahead.empty());
}

TEST_F(ReadAroundTest, BudgetEndsItAndProfitGoesOn) {
  ReadAroundBudget budget(size_t{1} << 28);  // four windows in a GiB
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(budget.Take());
  EXPECT_FALSE(budget.Take());
  budget.GiveBack();
  EXPECT_TRUE(budget.Take());
  EXPECT_FALSE(budget.Take());
  for (int i = 0; i < 9; ++i) budget.GiveBack();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(budget.Take());
  EXPECT_FALSE(budget.Take());
}

TEST_F(ReadAroundTest, ZeroIsOff) {
  ReadAroundBudget budget(0);
  const auto file = Wrap(&budget);
  ExpectRead(*file, 70, 10);
  EXPECT_TRUE(disk_.ahead.empty());
  EXPECT_EQ(disk_.reads, 1);
}

}  // namespace
}  // namespace lsmkv::engine
