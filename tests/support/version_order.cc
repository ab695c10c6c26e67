#include "tests/support/version_order.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

// The version of cell `i`: each step of a write takes one, and the cells of a
// write of one step share it.
uint64_t VersionOfCell(const HistoryOp& write, size_t i) {
  const uint64_t step = std::min<uint64_t>(i, write.steps - 1);
  return write.version - write.steps + 1 + step;
}

uint64_t FirstVersion(const HistoryOp& write) {
  return write.version - write.steps + 1;
}

absl::Status Contradiction(const std::string& what, History operations) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, ":\n", ToString(operations)));
}

// Answers that came, by their time: the newest version they made known.
class Frontier {
 public:
  void Add(uint64_t ret, uint64_t version) {
    auto it = newest_.emplace(ret, version).first;
    it->second = std::max(it->second, version);
    if (it != newest_.begin()) {
      it->second = std::max(it->second, std::prev(it)->second);
    }
    for (++it; it != newest_.end() && it->second < version; ++it) {
      it->second = version;
    }
  }
  // What everybody could know before `time`; 0: nothing.
  uint64_t Before(uint64_t time) const {
    const auto it = newest_.lower_bound(time);
    return it == newest_.begin() ? 0 : std::prev(it)->second;
  }

 private:
  std::map<uint64_t, uint64_t> newest_;
};

class VersionOrder {
 public:
  explicit VersionOrder(const History& history) : history_(history) {}

  absl::Status Check() {
    absl::Status status = LearnOpenWrites();
    if (status.ok()) status = SortWrites();
    if (status.ok()) status = CheckWrites();
    for (size_t i = 0; i < history_.size() && status.ok(); ++i) {
      const HistoryOp& op = history_[i];
      if (!op.is_write() && !op.is_open()) status = CheckRead(op);
    }
    return status;
  }

 private:
  struct Written {
    uint64_t version;
    std::optional<std::string> value;
  };

  // What was read of an open write tells its versions.
  absl::Status LearnOpenWrites() {
    std::sort(history_.begin(), history_.end(),
              [](const auto& a, const auto& b) { return a.call < b.call; });
    std::map<std::string, std::pair<size_t, size_t>> writer;  // op, cell
    for (size_t i = 0; i < history_.size(); ++i) {
      if (!history_[i].is_write()) continue;
      for (size_t c = 0; c < history_[i].cells.size(); ++c) {
        const Cell& cell = history_[i].cells[c];
        if (cell.value) writer[*cell.value] = {i, c};
      }
    }
    for (const HistoryOp& read : history_) {
      if (read.is_write() || read.is_open()) continue;
      for (const Cell& cell : read.cells) {
        if (!cell.value) continue;
        const auto it = writer.find(*cell.value);
        if (it == writer.end()) {
          return Contradiction("nobody wrote this", {read});
        }
        HistoryOp& write = history_[it->second.first];
        const size_t at = it->second.second;
        if (write.version == 0) {
          write.version = cell.version + write.steps - 1 -
                          std::min<uint64_t>(at, write.steps - 1);
        }
        if (VersionOfCell(write, at) != cell.version ||
            write.cells[at].key != cell.key) {
          return Contradiction("not read as it was written", {write, read});
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status SortWrites() {
    for (const HistoryOp& op : history_) {
      if (!op.is_write()) continue;
      if (op.version == 0) {
        if (!op.is_open()) return Contradiction("has no version", {op});
        for (const Cell& cell : op.cells) {
          if (!cell.value) open_deletes_[cell.key].push_back(op.call);
        }
        continue;
      }
      writes_.push_back(op);
      for (size_t c = 0; c < op.cells.size(); ++c) {
        written_[op.cells[c].key].push_back(
            {VersionOfCell(op, c), op.cells[c].value});
      }
    }
    std::sort(writes_.begin(), writes_.end(), [](const auto& a, const auto& b) {
      return a.version < b.version;
    });
    for (auto& [key, list] : written_) {
      std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return a.version < b.version;
      });
    }
    return absl::OkStatus();
  }

  absl::Status CheckWrites() {
    for (size_t i = 1; i < writes_.size(); ++i) {
      if (FirstVersion(writes_[i]) <= writes_[i - 1].version) {
        return Contradiction("two writes share a version",
                             {writes_[i - 1], writes_[i]});
      }
    }
    for (const HistoryOp& write : writes_) {
      if (!write.is_open()) frontier_.Add(write.ret, write.version);
    }
    for (const HistoryOp& write : writes_) {
      const uint64_t known = frontier_.Before(write.call);
      if (known < FirstVersion(write)) continue;
      return Contradiction(
          absl::StrCat("asked for after version ", known, " was acknowledged"),
          {write});
    }
    // The lowest version of all that was asked for after a time.
    uint64_t lowest = UINT64_MAX;
    std::map<uint64_t, uint64_t> by_call;
    for (const HistoryOp& write : writes_) {
      by_call[write.call] = FirstVersion(write);
    }
    for (auto it = by_call.rbegin(); it != by_call.rend(); ++it) {
      lowest = std::min(lowest, it->second);
      lowest_from_[it->first] = lowest;
    }
    return absl::OkStatus();
  }

  // In the order of calls, each read at the oldest version that it can be:
  // that leaves most to those after it.
  absl::Status CheckRead(const HistoryOp& read) {
    const uint64_t oldest = frontier_.Before(read.call);
    const auto later = lowest_from_.upper_bound(read.ret);
    const uint64_t too_new =
        later == lowest_from_.end() ? UINT64_MAX : later->second;
    std::vector<uint64_t> candidates{oldest};
    if (read.version != 0) {
      candidates = {read.version};
    } else {
      for (const HistoryOp& write : writes_) {
        if (write.version > oldest && write.version < too_new) {
          candidates.push_back(write.version);
        }
      }
    }
    for (const uint64_t version : candidates) {
      if (version < oldest || version >= too_new) break;
      if (IsInsideWrite(version) || !Saw(read, version)) continue;
      frontier_.Add(read.ret, version);
      return absl::OkStatus();
    }
    return Contradiction(
        absl::StrCat(
            "there is no version from ", oldest,
            too_new == UINT64_MAX ? "" : absl::StrCat(" to below ", too_new),
            " at which the store was this; writes of its keys"),
        Around(read));
  }

  bool IsInsideWrite(uint64_t version) const {
    const auto it = std::upper_bound(
        writes_.begin(), writes_.end(), version,
        [](uint64_t v, const HistoryOp& write) { return v < write.version; });
    return it != writes_.end() && FirstVersion(*it) <= version;
  }

  bool Saw(const HistoryOp& read, uint64_t version) const {
    for (const Cell& cell : read.cells) {
      const Written* const at = At(cell.key, version);
      const bool present = at != nullptr && at->value.has_value();
      if (cell.value.has_value()) {
        if (!present || at->version != cell.version) return false;
      } else if (present && !MayBeDeleted(cell.key, read.ret)) {
        return false;
      }
    }
    return true;
  }

  const Written* At(const std::string& key, uint64_t version) const {
    const auto list = written_.find(key);
    if (list == written_.end()) return nullptr;
    const auto it = std::upper_bound(
        list->second.begin(), list->second.end(), version,
        [](uint64_t v, const Written& written) { return v < written.version; });
    return it == list->second.begin() ? nullptr : &*std::prev(it);
  }

  // A delete that nobody knows the outcome of has no version.
  bool MayBeDeleted(const std::string& key, uint64_t before) const {
    const auto calls = open_deletes_.find(key);
    return calls != open_deletes_.end() &&
           std::any_of(calls->second.begin(), calls->second.end(),
                       [before](uint64_t call) { return call < before; });
  }

  // A read that cannot be, with the writes of its time to its keys.
  History Around(const HistoryOp& read) const {
    std::set<std::string> keys;
    for (const Cell& cell : read.cells) keys.insert(cell.key);
    History result{read};
    const uint64_t oldest = frontier_.Before(read.call);
    for (const HistoryOp& write : writes_) {
      const bool near = write.version + 20 > oldest && write.call < read.ret;
      const bool same_key = std::any_of(
          write.cells.begin(), write.cells.end(),
          [&keys](const Cell& cell) { return keys.count(cell.key) > 0; });
      if (near && same_key) result.push_back(write);
    }
    return result;
  }

  History history_;
  History writes_;  // those with a version, in its order
  std::map<std::string, std::vector<Written>> written_;
  std::map<std::string, std::vector<uint64_t>> open_deletes_;  // their calls
  std::map<uint64_t, uint64_t> lowest_from_;
  Frontier frontier_;
};

}  // namespace

absl::Status CheckVersionOrder(const History& history) {
  return VersionOrder(history).Check();
}

}  // namespace lsmkv
