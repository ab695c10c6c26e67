#include "tests/support/version_order.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

HistoryOp Op(HistoryOp::Kind kind, uint64_t call, uint64_t ret,
             uint64_t version, std::vector<Cell> cells) {
  HistoryOp op;
  op.kind = kind;
  op.call = call;
  op.ret = ret;
  op.version = version;
  op.cells = std::move(cells);
  return op;
}
// A write whose cells are a step each.
HistoryOp Write(uint64_t call, uint64_t ret, uint64_t version,
                std::vector<Cell> cells) {
  HistoryOp op = Op(HistoryOp::Kind::kWrite, call, ret, version, cells);
  op.steps = cells.size();
  return op;
}
HistoryOp Read(uint64_t call, uint64_t ret, std::vector<Cell> cells,
               uint64_t snapshot = 0) {
  return Op(HistoryOp::Kind::kRead, call, ret, snapshot, std::move(cells));
}
Cell Is(const std::string& key, const std::string& value,
        uint64_t version = 0) {
  return {key, value, version};
}
Cell Absent(const std::string& key) { return {key, std::nullopt, 0}; }

void ExpectAccepted(const History& history) {
  EXPECT_OK(CheckVersionOrder(history)) << ToString(history);
}
void ExpectRefused(const History& history, const std::string& why) {
  EXPECT_STATUS_CONTAINS(CheckVersionOrder(history),
                         absl::StatusCode::kFailedPrecondition, why)
      << ToString(history);
}
constexpr char kNoVersion[] = "there is no version";

TEST(VersionOrder, OneAfterTheOtherIsAccepted) {
  ExpectAccepted({Write(1, 2, 7, {Is("a", "1")}),
                  Read(3, 4, {Is("a", "1", 7), Absent("b")}),
                  Write(5, 6, 9, {Is("a", "2"), Is("b", "2b")}),
                  Read(7, 8, {Is("a", "2", 8), Is("b", "2b", 9)}),
                  Write(9, 10, 10, {Absent("a")}),
                  Read(11, 12, {Absent("a"), Is("b", "2b", 9)}, 10)});
}

TEST(VersionOrder, VersionsOfOneTwoWritesAreRefused) {
  ExpectRefused({Write(1, 9, 5, {Is("a", "1")}),
                 Write(2, 9, 6, {Is("a", "2"), Is("b", "2b")})},
                "share a version");
}

TEST(VersionOrder, VersionsAgainstTimeAreRefused) {
  ExpectRefused(
      {Write(1, 2, 5, {Is("a", "1")}), Write(3, 4, 4, {Is("a", "2")})},
      "asked for after version 5");
}

TEST(VersionOrder, AWrongVersionOfAValueIsRefused) {
  ExpectRefused({Write(1, 2, 5, {Is("a", "1")}), Read(3, 4, {Is("a", "1", 6)})},
                "not read as it was written");
}

TEST(VersionOrder, AnOpenWriteSeenAtTwoVersionsIsRefused) {
  ExpectRefused({Write(1, kNever, 0, {Is("a", "1")}),
                 Read(2, 3, {Is("a", "1", 5)}), Read(4, 5, {Is("a", "1", 6)})},
                "not read as it was written");
}

TEST(VersionOrder, AValueNobodyWroteIsRefused) {
  ExpectRefused({Read(1, 2, {Is("a", "x", 1)})}, "nobody wrote");
}

TEST(VersionOrder, AStaleReadIsRefused) {
  ExpectRefused({Write(1, 2, 1, {Is("a", "1")}), Write(3, 4, 2, {Is("a", "2")}),
                 Read(5, 6, {Is("a", "1", 1)})},
                kNoVersion);
}

TEST(VersionOrder, AReadOlderThanOneBeforeItIsRefused) {
  const HistoryOp first = Write(1, 2, 1, {Is("a", "1")});
  const HistoryOp second = Write(3, 20, 2, {Is("a", "2")});
  const HistoryOp late = Read(6, 7, {Is("a", "1", 1)});
  ExpectAccepted({first, second, late});
  ExpectRefused({first, second, Read(4, 5, {Is("a", "2", 2)}), late},
                kNoVersion);
}

TEST(VersionOrder, AReadOfTheFutureIsRefused) {
  ExpectRefused({Read(1, 2, {Is("a", "1", 1)}), Write(3, 4, 1, {Is("a", "1")})},
                kNoVersion);
}

TEST(VersionOrder, ATornBatchIsRefused) {
  ExpectRefused({Write(1, 10, 2, {Is("a", "1"), Is("b", "1b")}),
                 Read(2, 9, {Is("a", "1", 1), Absent("b")})},
                kNoVersion);
}

TEST(VersionOrder, ABatchTornByACrashIsRefused) {
  ExpectRefused({Write(1, kNever, 0, {Is("a", "1"), Is("b", "1b")}),
                 Read(2, 9, {Is("a", "1", 1), Absent("b")})},
                kNoVersion);
}

TEST(VersionOrder, AScanOfTwoSnapshotsIsRefused) {
  const HistoryOp a = Write(1, 9, 1, {Is("a", "1")});
  const HistoryOp b = Write(2, 9, 2, {Is("b", "2")});
  ExpectAccepted({a, b, Read(3, 8, {Is("a", "1", 1), Absent("b")})});
  ExpectRefused({a, b, Read(3, 8, {Absent("a"), Is("b", "2", 2)})}, kNoVersion);
}

TEST(VersionOrder, AScanThatIsNotItsSnapshotIsRefused) {
  const HistoryOp a = Write(1, 9, 1, {Is("a", "1")});
  const HistoryOp b = Write(2, 9, 2, {Is("b", "2")});
  ExpectAccepted({a, b, Read(3, 8, {Is("a", "1", 1), Absent("b")}, 1)});
  ExpectRefused({a, b, Read(3, 8, {Is("a", "1", 1), Absent("b")}, 2)},
                kNoVersion);
}

TEST(VersionOrder, ARangeDeleteIsOneStep) {
  HistoryOp range =
      Op(HistoryOp::Kind::kWrite, 5, 6, 3, {Absent("a"), Absent("b")});
  const HistoryOp batch = Write(1, 2, 2, {Is("a", "1"), Is("b", "1b")});
  ExpectAccepted({batch, range, Read(7, 8, {Absent("a"), Absent("b")})});
  ExpectRefused({batch, range, Read(7, 8, {Absent("a"), Is("b", "1b", 2)})},
                kNoVersion);
}

TEST(VersionOrder, AnOpenDeleteMayExplainAnAbsentKey) {
  const HistoryOp put = Write(1, 2, 1, {Is("a", "1")});
  ExpectRefused({put, Read(5, 6, {Absent("a")})}, kNoVersion);
  ExpectAccepted(
      {put, Write(3, kNever, 0, {Absent("a")}), Read(5, 6, {Absent("a")})});
  ExpectRefused(
      {put, Write(7, kNever, 0, {Absent("a")}), Read(5, 6, {Absent("a")})},
      kNoVersion);
}

}  // namespace
}  // namespace lsmkv
