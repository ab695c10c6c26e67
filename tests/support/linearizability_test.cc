#include "tests/support/linearizability.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/random_seed.h"
#include "tests/support/status_matchers.h"

namespace lsmkv {
namespace {

using Kind = HistoryOp::Kind;

HistoryOp Op(Kind kind, uint64_t call, uint64_t ret, std::vector<Cell> cells) {
  HistoryOp op;
  op.kind = kind;
  op.name = kind == Kind::kWrite ? "write" : "read";
  op.call = call;
  op.ret = ret;
  op.cells = std::move(cells);
  return op;
}
HistoryOp Write(uint64_t call, uint64_t ret, std::vector<Cell> cells) {
  return Op(Kind::kWrite, call, ret, std::move(cells));
}
HistoryOp Read(uint64_t call, uint64_t ret, std::vector<Cell> cells) {
  return Op(Kind::kRead, call, ret, std::move(cells));
}
Cell Is(const std::string& key, const std::string& value) {
  return {key, value, 0};
}
Cell Absent(const std::string& key) { return {key, std::nullopt, 0}; }

void ExpectAccepted(const History& history) {
  EXPECT_OK(CheckLinearizable(history)) << ToString(history);
}
void ExpectRefused(const History& history) {
  EXPECT_STATUS(CheckLinearizable(history),
                absl::StatusCode::kFailedPrecondition)
      << ToString(history);
}

TEST(Linearizability, NothingIsAccepted) { ExpectAccepted({}); }

TEST(Linearizability, OneAfterTheOtherIsAccepted) {
  ExpectAccepted({Read(1, 2, {Absent("a")}), Write(3, 4, {Is("a", "1")}),
                  Read(5, 6, {Is("a", "1")}), Write(7, 8, {Absent("a")}),
                  Read(9, 10, {Absent("a")})});
}

TEST(Linearizability, EitherValueIsAcceptedWhileAWriteRuns) {
  ExpectAccepted({Write(1, 10, {Is("a", "1")}), Read(2, 3, {Absent("a")}),
                  Read(4, 5, {Is("a", "1")})});
}

TEST(Linearizability, AWriteSeenAndThenUnseenIsRefused) {
  ExpectRefused({Write(1, 10, {Is("a", "1")}), Read(2, 3, {Is("a", "1")}),
                 Read(4, 5, {Absent("a")})});
}

TEST(Linearizability, AStaleReadIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Write(3, 4, {Is("a", "2")}),
                 Read(5, 6, {Is("a", "1")})});
}

TEST(Linearizability, ALostUpdateIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Read(3, 4, {Absent("a")})});
}

TEST(Linearizability, AWriteThatComesBackIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Write(3, 4, {Absent("a")}),
                 Read(5, 6, {Absent("a")}), Read(7, 8, {Is("a", "1")})});
}

TEST(Linearizability, ReadsThatDisagreeOnTheOrderAreRefused) {
  ExpectRefused({Write(1, 20, {Is("a", "1")}), Write(2, 20, {Is("a", "2")}),
                 Read(3, 4, {Is("a", "1")}), Read(5, 6, {Is("a", "2")}),
                 Read(7, 8, {Is("a", "1")})});
}

TEST(Linearizability, AValueNobodyWroteIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Read(3, 4, {Is("a", "x")})});
}

TEST(Linearizability, AValueOfAnotherKeyIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Read(3, 4, {Is("b", "1")})});
}

TEST(Linearizability, AReadOfTheFutureIsRefused) {
  ExpectRefused({Read(1, 2, {Is("a", "1")}), Write(3, 4, {Is("a", "1")})});
}

TEST(Linearizability, AnOpenWriteMayHaveHappenedOrNot) {
  const HistoryOp open = Write(1, kNever, {Is("a", "1")});
  ExpectAccepted({open, Read(2, 3, {Absent("a")})});
  ExpectAccepted({open, Read(2, 3, {Is("a", "1")})});
  ExpectAccepted({open, Read(2, 3, {Absent("a")}), Read(4, 5, {Is("a", "1")})});
}

TEST(Linearizability, AnOpenWriteThatWasSeenMustNotChangeItsMind) {
  ExpectRefused({Write(1, kNever, {Is("a", "1")}), Read(2, 3, {Is("a", "1")}),
                 Read(4, 5, {Absent("a")})});
}

TEST(Linearizability, AnOpenWriteHappensOnce) {
  ExpectRefused({Write(1, kNever, {Is("a", "1")}), Read(2, 3, {Is("a", "1")}),
                 Write(4, 5, {Is("a", "2")}), Read(6, 7, {Is("a", "1")})});
}

TEST(Linearizability, AnOpenDeleteMayHappenLate) {
  ExpectAccepted({Write(1, kNever, {Absent("a")}), Write(2, 3, {Is("a", "1")}),
                  Read(4, 5, {Is("a", "1")}), Read(6, 7, {Absent("a")})});
}

TEST(Linearizability, AnOpenReadSaysNothing) {
  ExpectAccepted({Read(1, kNever, {Is("a", "x")}), Read(2, 3, {Absent("a")})});
}

TEST(Linearizability, ATornBatchIsRefused) {
  ExpectRefused({Write(1, 10, {Is("a", "1"), Is("b", "1b")}),
                 Read(2, 3, {Is("a", "1"), Absent("b")})});
}

TEST(Linearizability, ABatchTornByACrashIsRefused) {
  ExpectRefused({Write(1, kNever, {Is("a", "1"), Is("b", "1b")}),
                 Read(2, 3, {Is("a", "1")}), Read(4, 5, {Absent("b")})});
}

TEST(Linearizability, AScanOfTwoMomentsIsRefused) {
  // "b" is written after "a", so that no moment has the one without the other.
  ExpectRefused({Write(1, 2, {Is("a", "1")}), Write(3, 4, {Is("b", "1b")}),
                 Write(5, 10, {Is("a", "2")}),
                 Read(4, 11, {Is("a", "2"), Absent("b")})});
}

TEST(Linearizability, TwoScansThatDisagreeOnTheOrderAreRefused) {
  const HistoryOp a = Write(1, 20, {Is("a", "1")});
  const HistoryOp b = Write(2, 20, {Is("b", "1b")});
  ExpectAccepted({a, b, Read(3, 19, {Is("a", "1"), Absent("b")})});
  ExpectRefused({a, b, Read(3, 19, {Is("a", "1"), Absent("b")}),
                 Read(4, 18, {Absent("a"), Is("b", "1b")})});
}

TEST(Linearizability, ARangeDeleteSeenByHalvesIsRefused) {
  ExpectRefused({Write(1, 2, {Is("a", "1"), Is("b", "1b")}),
                 Write(3, 10, {Absent("a"), Absent("b")}),
                 Read(4, 5, {Absent("a")}), Read(6, 7, {Is("b", "1b")})});
}

TEST(Linearizability, AnEndlessSearchIsGivenUp) {
  History history;
  for (uint64_t i = 0; i < 30; ++i) {
    history.push_back(Write(i + 1, 1000, {Is("a", std::to_string(i))}));
  }
  history.push_back(Read(1001, 1002, {Is("a", "x")}));
  EXPECT_EQ(SearchOrder(history, 1000), Verdict::kUndecided);
}

TEST(Linearizability, AFaultIsShrunkToWhatShowsIt) {
  History history;
  for (uint64_t i = 0; i < 50; ++i) {
    const std::string value = std::to_string(i);
    history.push_back(Write(8 * i + 1, 8 * i + 2, {Is("a", "a" + value)}));
    history.push_back(Write(8 * i + 3, 8 * i + 4, {Is("b", "b" + value)}));
    history.push_back(Read(8 * i + 5, 8 * i + 6,
                           {Is("a", "a" + value), Is("b", "b" + value)}));
  }
  history.push_back(Read(901, 902, {Is("b", "b48")}));
  history.push_back(Write(903, 904, {Is("b", "later")}));
  const absl::Status status = CheckLinearizable(history);
  ASSERT_STATUS(status, absl::StatusCode::kFailedPrecondition);
  const History shrunk = Shrink(history);
  EXPECT_EQ(KeysOf(shrunk), std::vector<std::string>{"b"});
  EXPECT_LE(shrunk.size(), 3u) << ToString(shrunk);
  EXPECT_EQ(SearchOrder(shrunk), Verdict::kNot);
}

TEST(Linearizability, WhatWasWrittenOverBeforeTheFaultIsShrunkAway) {
  History history;
  for (uint64_t i = 0; i < 50; ++i) {
    history.push_back(Write(4 * i + 1, 4 * i + 2, {Absent("a")}));
  }
  history.push_back(Write(401, 402, {Is("a", "1")}));
  history.push_back(Read(403, 404, {Absent("a")}));
  const History shrunk = Shrink(history);
  EXPECT_EQ(shrunk.size(), 2u) << ToString(shrunk);
}

// Makes histories of a real register: each operation happens at a moment
// between its call and its answer.
class Simulation {
 public:
  explicit Simulation(Random* rng) : rng_(rng) {}

  History Run(uint64_t operations, uint64_t clients) {
    History history;
    std::vector<HistoryOp> running(clients);
    std::vector<int> phase(clients, 0);  // idle, called, happened
    uint64_t now = 0;
    while (history.size() < operations) {
      const uint64_t client = rng_->Uniform(clients);
      HistoryOp& op = running[client];
      switch (phase[client]++) {
        case 0:
          op = Start(++now);
          op.client = static_cast<int>(client);
          break;
        case 1:
          Happen(&op);
          break;
        default:
          op.ret = rng_->OneIn(50) ? kNever : ++now;
          history.push_back(op);
          phase[client] = 0;
      }
    }
    for (size_t client = 0; client < clients; ++client) {
      if (phase[client] > 0) history.push_back(running[client]);
    }
    return history;
  }

 private:
  HistoryOp Start(uint64_t now) {
    HistoryOp op;
    op.call = now;
    op.kind = rng_->OneIn(2) ? Kind::kWrite : Kind::kRead;
    for (const char* key : {"a", "b", "c"}) {
      if (rng_->OneIn(2) || (op.cells.empty() && *key == 'c')) {
        op.cells.push_back(Absent(key));
        if (op.is_write() && !rng_->OneIn(4)) {
          op.cells.back().value = std::to_string(++values_);
        }
      }
    }
    return op;
  }
  void Happen(HistoryOp* op) {
    for (Cell& cell : op->cells) {
      auto& stored = store_[static_cast<size_t>(cell.key[0] - 'a')];
      if (op->is_write()) {
        stored = cell.value;
      } else {
        cell.value = stored;
      }
    }
  }

  Random* const rng_;
  uint64_t values_ = 0;
  std::optional<std::string> store_[3];
};

TEST(Linearizability, WhatHappenedAtMomentsIsAccepted) {
  Random rng(TestSeed());
  for (int i = 0; i < 100; ++i) {
    const History history = Simulation(&rng).Run(300, 8);
    ASSERT_OK(CheckLinearizable(history));
  }
}

TEST(Linearizability, OneFalseAnswerAmongManyIsRefused) {
  Random rng(TestSeed());
  for (int i = 0; i < 100; ++i) {
    History history = Simulation(&rng).Run(300, 8);
    // At the end all is quiet, and one key is not what it was left as.
    uint64_t now = 0;
    for (HistoryOp& op : history) {
      if (!op.is_open()) now = std::max(now, op.ret);
    }
    // Not a value of before: a write whose outcome is unknown may still happen.
    history.push_back(Write(now + 1, now + 2, {Is("a", "stale")}));
    history.push_back(Write(now + 3, now + 4, {Is("a", "last")}));
    history.push_back(Write(now + 5, now + 6, {Is("b", "lastb")}));
    history.push_back(
        Read(now + 7, now + 8,
             {Is("a", rng.OneIn(2) ? "lastb" : "stale"), Is("b", "lastb")}));
    ExpectRefused(history);
  }
}

}  // namespace
}  // namespace lsmkv
