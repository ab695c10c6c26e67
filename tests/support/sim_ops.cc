#include "tests/support/sim_ops.h"

#include <bit>
#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv {

const char* SimOpName(SimOp op) {
  static constexpr const char* kNames[kSimOpCount] = {
      "open_read",   "read",   "create", "append",   "sync",
      "preallocate", "close",  "stat",   "list_dir", "create_dir",
      "sync_dir",    "remove", "rename", "lock",     "overwrite"};
  return kNames[std::countr_zero(uint32_t{op})];
}

void SimTrace::Add(SimOp op, const std::string& path, uint64_t bytes,
                   const absl::Status& status) {
  Entry entry;
  if (entries_.size() == kOperationsMax) {
    entry = std::move(entries_.front());  // its buffers are used again
    entries_.pop_front();
  }
  entry.number = ++next_;
  entry.op = op;
  entry.path = path;
  entry.bytes = bytes;
  entry.error = status.ok() ? std::string() : status.ToString();
  entries_.push_back(std::move(entry));
}

std::string SimTrace::ToString() const {
  std::string out;
  for (const Entry& entry : entries_) {
    out += engine::Concat("#", entry.number, " ", SimOpName(entry.op), " ",
                          entry.path);
    if (entry.bytes > 0) out += engine::Concat(" bytes=", entry.bytes);
    if (!entry.error.empty()) out += " -> " + entry.error;
    out += "\n";
  }
  return out;
}

}  // namespace lsmkv
