#include "tests/support/linearizability.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

constexpr int kAbsent = 0;

using Seen = std::set<std::pair<std::string, std::optional<std::string>>>;

Seen SeenIn(const History& history) {
  Seen seen;
  for (const HistoryOp& op : history) {
    if (op.is_write() || op.is_open()) continue;
    for (const Cell& cell : op.cells) seen.emplace(cell.key, cell.value);
  }
  return seen;
}

// True if `op` may be left out of a history without making an order of it
// impossible: a read, or a write of nothing that anybody saw. Where such a
// write stands in an order, no read of its keys stands right behind it.
bool PlaysNoPart(const HistoryOp& op, const Seen& seen) {
  if (!op.is_write()) return true;
  return std::all_of(op.cells.begin(), op.cells.end(),
                     [&seen](const Cell& cell) {
                       return seen.count({cell.key, cell.value}) == 0;
                     });
}

// What the search needs of a history: small numbers for keys and values, and
// a list of calls and answers in the order of time.
class OrderSearch {
 public:
  OrderSearch(const History& history, size_t points_max)
      : points_max_(points_max) {
    const Seen seen = SeenIn(history);
    for (const HistoryOp& op : history) {
      if (op.is_open() && PlaysNoPart(op, seen)) continue;
      AddOp(op);
    }
    LinkEvents();
    state_.assign(keys_.size(), kAbsent);
    done_.assign((ops_.size() + 63) / 64, 0);
  }

  Verdict Run() {
    LiftMatchingReads();
    size_t event = events_[kHead].next;
    while (answered_left_ > 0) {
      if (points_.size() > points_max_) return Verdict::kUndecided;
      if (event == kHead || events_[event].is_answer) {
        // What this answer answers had to come before it, and could not.
        if (!StepBack(&event)) return Verdict::kNot;
      } else if (TryWrite(events_[event].op)) {
        LiftMatchingReads();
        event = events_[kHead].next;
      } else {
        event = events_[event].next;
      }
    }
    return Verdict::kLinearizable;
  }

 private:
  static constexpr size_t kHead = 0;  // the list is a ring through it

  using Values = std::vector<std::pair<size_t, int>>;  // key, value

  struct Op {
    bool is_write;
    Values cells;
    uint64_t call;
    uint64_t ret;
    size_t call_event;
    size_t answer_event;  // kHead: none
  };
  struct Event {
    size_t op;
    bool is_answer;
    size_t prev;
    size_t next;
  };
  struct Frame {
    size_t op;
    Values before;  // what the write changed
  };

  void AddOp(const HistoryOp& from) {
    Op op{from.is_write(), {}, from.call, from.ret, kHead, kHead};
    for (const Cell& cell : from.cells) {
      const size_t key =
          keys_.try_emplace(cell.key, keys_.size()).first->second;
      int value = kAbsent;
      if (cell.value) {
        value =
            values_.try_emplace(*cell.value, values_.size() + 1).first->second;
      }
      op.cells.emplace_back(key, value);
    }
    if (!from.is_open()) ++answered_left_;
    ops_.push_back(std::move(op));
  }

  void LinkEvents() {
    std::vector<std::tuple<uint64_t, size_t, bool>> times;
    for (size_t i = 0; i < ops_.size(); ++i) {
      times.emplace_back(ops_[i].call, i, false);
      if (ops_[i].ret != kNever) times.emplace_back(ops_[i].ret, i, true);
    }
    std::sort(times.begin(), times.end());
    events_.push_back({0, false, kHead, kHead});
    for (const auto& [time, op, is_answer] : times) {
      const size_t event = events_.size();
      (is_answer ? ops_[op].answer_event : ops_[op].call_event) = event;
      events_.push_back({op, is_answer, event - 1, kHead});
      events_[event - 1].next = event;
    }
    events_[kHead].prev = events_.size() - 1;
  }

  void Unlink(size_t event) {
    events_[events_[event].prev].next = events_[event].next;
    events_[events_[event].next].prev = events_[event].prev;
  }
  void Relink(size_t event) {
    events_[events_[event].prev].next = event;
    events_[events_[event].next].prev = event;
  }

  // Makes `op` the next of the order.
  void Lift(size_t op, Values before) {
    Unlink(ops_[op].call_event);
    if (ops_[op].answer_event != kHead) {
      Unlink(ops_[op].answer_event);
      --answered_left_;
    }
    order_.push_back({op, std::move(before)});
  }

  // A read that fits may always come next: it changes nothing, so that what
  // comes after it could come after it as well as before.
  void LiftMatchingReads() {
    size_t event = events_[kHead].next;
    while (event != kHead && !events_[event].is_answer) {
      const size_t index = events_[event].op;
      if (!ops_[index].is_write && Fits(ops_[index].cells)) {
        Lift(index, {});
        SetDone(index, true);
        event = events_[kHead].next;
      } else {
        event = events_[event].next;
      }
    }
  }

  bool Fits(const Values& cells) const {
    for (const auto& [key, value] : cells) {
      if (state_[key] != value) return false;
    }
    return true;
  }

  // False for reads, and where the same point was reached before.
  bool TryWrite(size_t index) {
    const Op& op = ops_[index];
    if (!op.is_write) return false;
    Values before;
    for (const auto& [key, value] : op.cells) {
      before.emplace_back(key, state_[key]);
      state_[key] = value;
    }
    SetDone(index, true);
    if (points_.insert(Point()).second) {
      Lift(index, std::move(before));
      return true;
    }
    Undo(index, before);
    return false;
  }

  void Undo(size_t index, const Values& before) {
    for (auto it = before.rbegin(); it != before.rend(); ++it) {
      state_[it->first] = it->second;
    }
    SetDone(index, false);
  }

  // Takes back the last write and all after it, and goes on behind it; false
  // where there is none.
  bool StepBack(size_t* event) {
    while (!order_.empty()) {
      const Frame frame = std::move(order_.back());
      order_.pop_back();
      const Op& op = ops_[frame.op];
      if (op.answer_event != kHead) {
        Relink(op.answer_event);
        ++answered_left_;
      }
      Relink(op.call_event);
      Undo(frame.op, frame.before);
      if (op.is_write) {
        *event = events_[op.call_event].next;
        return true;
      }
    }
    return false;
  }

  void SetDone(size_t index, bool done) {
    const uint64_t bit = uint64_t{1} << (index % 64);
    if (done) {
      done_[index / 64] |= bit;
    } else {
      done_[index / 64] &= ~bit;
    }
  }

  // All that what comes next depends on.
  std::string Point() const {
    std::string point(reinterpret_cast<const char*>(done_.data()),
                      done_.size() * sizeof(done_[0]));
    point.append(reinterpret_cast<const char*>(state_.data()),
                 state_.size() * sizeof(state_[0]));
    return point;
  }

  const size_t points_max_;
  std::map<std::string, size_t> keys_;
  std::map<std::string, int> values_;
  std::vector<Op> ops_;
  std::vector<Event> events_;
  size_t answered_left_ = 0;

  std::vector<int> state_;      // value of each key
  std::vector<uint64_t> done_;  // bit of each operation that is in the order
  std::vector<Frame> order_;
  std::unordered_set<std::string> points_;
};

bool HasNoOrder(const History& history) {
  return SearchOrder(history) == Verdict::kNot;
}

// What was known at `time`.
History Until(const History& history, uint64_t time) {
  History result;
  for (const HistoryOp& op : history) {
    if (op.call > time) continue;
    result.push_back(op);
    if (op.ret > time) result.back().ret = kNever;
  }
  return result;
}

History CutBehindFirstFault(const History& history) {
  std::vector<uint64_t> answers;
  for (const HistoryOp& op : history) {
    if (!op.is_open()) answers.push_back(op.ret);
  }
  std::sort(answers.begin(), answers.end());
  const auto first = std::partition_point(
      answers.begin(), answers.end(),
      [&history](uint64_t time) { return !HasNoOrder(Until(history, time)); });
  return first == answers.end() ? history : Until(history, *first);
}

History WithoutKey(const History& history, const std::string& key) {
  History result;
  for (HistoryOp op : history) {
    auto& cells = op.cells;
    cells.erase(
        std::remove_if(cells.begin(), cells.end(),
                       [&key](const Cell& cell) { return cell.key == key; }),
        cells.end());
    if (!cells.empty()) result.push_back(std::move(op));
  }
  return result;
}

History WithoutKeysThatPlayNoPart(History history) {
  for (const std::string& key : KeysOf(history)) {
    History less = WithoutKey(history, key);
    if (HasNoOrder(less)) history = std::move(less);
  }
  return history;
}

bool Touches(const HistoryOp& op, const std::string& key) {
  return std::any_of(op.cells.begin(), op.cells.end(),
                     [&key](const Cell& cell) { return cell.key == key; });
}

// True if each key of `old` was certainly written again before it was read.
bool IsBuried(const HistoryOp& old, const History& history) {
  for (const Cell& cell : old.cells) {
    uint64_t first_read = kNever;
    uint64_t written_again = kNever;
    for (const HistoryOp& op : history) {
      if (op.is_open() || !Touches(op, cell.key)) continue;
      if (!op.is_write()) first_read = std::min(first_read, op.call);
      if (op.is_write() && op.call > old.ret) {
        written_again = std::min(written_again, op.ret);
      }
    }
    if (written_again >= first_read) return false;
  }
  return true;
}

History WithoutOpsThatPlayNoPart(History history) {
  for (size_t i = history.size(); i-- > 0;) {
    if (!PlaysNoPart(history[i], SeenIn(history)) &&
        !IsBuried(history[i], history)) {
      continue;
    }
    History less = history;
    less.erase(less.begin() + static_cast<ptrdiff_t>(i));
    if (HasNoOrder(less)) history = std::move(less);
  }
  return history;
}

absl::Status ToStatus(Verdict verdict, const History& history,
                      const std::string& what) {
  switch (verdict) {
    case Verdict::kLinearizable:
      return absl::OkStatus();
    case Verdict::kNot:
      return absl::FailedPreconditionError(absl::StrCat(
          "no order explains ", what, ":\n", ToString(Shrink(history))));
    case Verdict::kUndecided:
      break;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the search for an order of ", what, " was given up"));
}

}  // namespace

Verdict SearchOrder(const History& history, size_t points_max) {
  return OrderSearch(history, points_max).Run();
}

History Shrink(History history) {
  history = CutBehindFirstFault(history);
  history = WithoutKeysThatPlayNoPart(std::move(history));
  // A write goes once the reads of it are gone.
  history = WithoutOpsThatPlayNoPart(std::move(history));
  return WithoutOpsThatPlayNoPart(std::move(history));
}

absl::Status CheckLinearizable(const History& history) {
  for (const std::string& key : KeysOf(history)) {
    const History part = OnlyKey(history, key);
    absl::Status status =
        ToStatus(SearchOrder(part), part, absl::StrCat("key ", key));
    if (!status.ok()) return status;
  }
  return ToStatus(SearchOrder(history), history, "all keys together");
}

}  // namespace lsmkv
