#include "tests/support/history.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

using engine::MutexLock;

bool ByCall(const HistoryOp& a, const HistoryOp& b) { return a.call < b.call; }

std::string ToString(const HistoryOp& op) {
  std::string line = absl::StrCat("  client ", op.client, "  ", op.call, "..");
  absl::StrAppend(&line, op.is_open() ? "?" : absl::StrCat(op.ret), "  ",
                  op.name);
  if (op.version != 0) absl::StrAppend(&line, " @", op.version);
  for (const Cell& cell : op.cells) {
    absl::StrAppend(&line, "  ", cell.key, op.is_write() ? " := " : " = ",
                    cell.value ? *cell.value : "absent");
    if (cell.version != 0) absl::StrAppend(&line, " @", cell.version);
  }
  return line + "\n";
}

}  // namespace

std::string ToString(const History& history) {
  History sorted = history;
  std::sort(sorted.begin(), sorted.end(), ByCall);
  std::string text;
  for (const HistoryOp& op : sorted) text += ToString(op);
  return text;
}

History OnlyKey(const History& history, const std::string& key) {
  History result;
  for (const HistoryOp& op : history) {
    HistoryOp part = op;
    part.cells.clear();
    for (const Cell& cell : op.cells) {
      if (cell.key == key) part.cells.push_back(cell);
    }
    if (!part.cells.empty()) result.push_back(std::move(part));
  }
  return result;
}

std::vector<std::string> KeysOf(const History& history) {
  std::set<std::string> keys;
  for (const HistoryOp& op : history) {
    for (const Cell& cell : op.cells) keys.insert(cell.key);
  }
  return {keys.begin(), keys.end()};
}

void Recorder::Add(HistoryOp op) {
  MutexLock lock(&mu_);
  history_.push_back(std::move(op));
}

size_t Recorder::size() const {
  MutexLock lock(&mu_);
  return history_.size();
}

History Recorder::Take() {
  MutexLock lock(&mu_);
  History taken;
  taken.swap(history_);
  std::sort(taken.begin(), taken.end(), ByCall);
  return taken;
}

}  // namespace lsmkv
