// That the judge of the simulation says no.

#include "tests/engine/sim/history.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kKeys = 4;

WriteStep Put(size_t key, std::string value) {
  return {key, 0, std::move(value)};
}
WriteStep Delete(size_t key) { return {key, 0, {}}; }
WriteStep DeleteRange(size_t begin, size_t end) { return {begin, end, {}}; }

class HistoryTest : public ::testing::Test {
 protected:
  void Write(std::vector<WriteStep> steps, uint64_t version,
             bool durable = false) {
    history_.Acknowledge(&history_.BeginWrite(std::move(steps)), version,
                         durable);
  }
  void FailedWrite(std::vector<WriteStep> steps) {
    history_.Fail(&history_.BeginWrite(std::move(steps)));
  }
  ReadRecord ReadOfAll() {
    ReadRecord read = history_.BeginRead();
    read.end = kKeys;
    read.limit = kKeys;
    return read;
  }
  void Read(std::vector<Seen> seen) {
    ReadRecord read = ReadOfAll();
    read.seen = std::move(seen);
    history_.EndRead(std::move(read));
  }
  bool Recovers(const std::vector<Seen>& contents, uint64_t version,
                uint64_t at_least) {
    return history_.CheckRecovered(contents, version, at_least).empty();
  }

  History history_{kKeys, {{0, 5, "base"}}, 10};
};

TEST_F(HistoryTest, ReadsOfTheStateAreRight) {
  Read({{0, 5, "base"}});
  Write({Put(1, "a"), Delete(0)}, 12);
  Read({{1, 11, "a"}});
  Write({Put(2, "b")}, 13);
  Write({DeleteRange(1, 2)}, 14);
  Read({{2, 13, "b"}});
  EXPECT_EQ(history_.Check(), "");
}

TEST_F(HistoryTest, StaleReadIsWrong) {
  Write({Put(1, "a")}, 11);
  Read({{0, 5, "base"}});
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, ReadThatGoesBackIsWrong) {
  WriteRecord& write = history_.BeginWrite({Put(1, "a")});
  Read({{0, 5, "base"}, {1, 11, "a"}});  // before it is acknowledged
  Read({{0, 5, "base"}});
  history_.Acknowledge(&write, 11, false);
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, ReadDuringAWriteMaySeeItOrNot) {
  ReadRecord before = ReadOfAll();
  ReadRecord after = ReadOfAll();
  before.seen = {{0, 5, "base"}};
  after.seen = {{0, 5, "base"}, {1, 11, "a"}};
  Write({Put(1, "a")}, 11);
  history_.EndRead(std::move(before));
  history_.EndRead(std::move(after));
  EXPECT_EQ(history_.Check(), "");
}

TEST_F(HistoryTest, HalfABatchIsWrong) {
  ReadRecord read = ReadOfAll();
  read.seen = {{0, 5, "base"}, {1, 11, "a"}};
  Write({Put(1, "a"), Put(2, "b")}, 12);
  history_.EndRead(std::move(read));
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, ReadOfAFailedWriteIsWrong) {
  FailedWrite({Put(1, "a")});
  Read({{0, 5, "base"}, {1, 11, "a"}});
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, SnapshotShowsItsVersionOnly) {
  Write({Put(0, "new")}, 11);
  ReadRecord read = ReadOfAll();
  read.snapshot = 10;
  read.seen = {{0, 5, "base"}};
  history_.EndRead(read);
  EXPECT_EQ(history_.Check(), "");
  read.seen = {{0, 11, "new"}};
  history_.EndRead(read);
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, OnlyAFailedReadMayBeShort) {
  Write({Put(1, "a")}, 11);
  ReadRecord read = ReadOfAll();
  read.seen = {{0, 5, "base"}};
  read.failed = true;
  history_.EndRead(read);
  EXPECT_EQ(history_.Check(), "");
  read.failed = false;
  history_.EndRead(read);
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, VersionGivenTwiceIsWrong) {
  Write({Put(1, "a")}, 11);
  Write({Put(2, "b")}, 11);
  EXPECT_NE(history_.Check(), "");
}

TEST_F(HistoryTest, RecoveryGivesAPrefixOfWholeBatches) {
  Write({Put(1, "a")}, 11, /*durable=*/true);
  Write({Put(2, "b"), Put(3, "c")}, 13);
  const std::vector<Seen> first = {{0, 5, "base"}, {1, 11, "a"}};
  EXPECT_TRUE(Recovers(first, 11, history_.durable()));
  EXPECT_FALSE(Recovers(first, 11, history_.acknowledged()));
  EXPECT_FALSE(Recovers({{0, 5, "base"}}, 10, history_.durable()));
  EXPECT_FALSE(Recovers({{0, 5, "base"}, {1, 11, "a"}, {2, 12, "b"}}, 12, 10));
  // A hole.
  EXPECT_FALSE(Recovers({{0, 5, "base"}, {2, 12, "b"}, {3, 13, "c"}}, 13, 10));
}

TEST_F(HistoryTest, FailedWritesMayBeRecoveredWholeAtTheEnd) {
  Write({Put(1, "a")}, 11);
  FailedWrite({Delete(0), Put(2, "b")});
  FailedWrite({Put(3, "c")});
  EXPECT_TRUE(Recovers({{0, 5, "base"}, {1, 11, "a"}}, 11, 11));
  EXPECT_TRUE(Recovers({{1, 11, "a"}, {2, 13, "b"}}, 13, 11));
  EXPECT_TRUE(Recovers({{1, 11, "a"}, {2, 14, "b"}, {3, 12, "c"}}, 14, 11));
  EXPECT_FALSE(Recovers({{0, 5, "base"}, {1, 11, "a"}, {2, 13, "b"}}, 13, 11));
  EXPECT_FALSE(Recovers({{1, 11, "a"}, {2, 12, "b"}}, 12, 11));
  EXPECT_FALSE(Recovers({{0, 5, "base"}, {1, 11, "a"}}, 12, 11));
}

}  // namespace
}  // namespace lsmkv::engine
