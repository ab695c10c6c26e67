#include "engine/src/memtable/range_tombstone_set.h"

#include <algorithm>
#include <utility>

namespace lsmkv::engine {

void RangeTombstoneSet::Add(RangeTombstone tombstone) {
  auto next = std::make_unique<State>();
  if (const State* current = state_.load(std::memory_order_relaxed)) {
    *next = *current;
  }
  std::vector<RangeTombstone> list;
  list.push_back(std::move(tombstone));
  size_t size = 1;
  while (!run_sizes_.empty() && run_sizes_.back() <= size) {
    std::vector<RangeTombstone> older = next->back()->ToList();
    list.insert(list.end(), std::make_move_iterator(older.begin()),
                std::make_move_iterator(older.end()));
    size += run_sizes_.back();
    run_sizes_.pop_back();
    next->pop_back();
  }
  next->push_back(std::make_shared<const RangeTombstones>(list));
  run_sizes_.push_back(size);
  state_.store(next.get(), std::memory_order_release);
  count_.fetch_add(1, std::memory_order_relaxed);
  states_.push_back(std::move(next));
}

SequenceNumber RangeTombstoneSet::Covering(std::string_view user_key,
                                           SequenceNumber snapshot) const {
  const State* current = state();
  if (current == nullptr) return 0;
  SequenceNumber newest = 0;
  for (const Run& run : *current) {
    newest = std::max(newest, run->Covering(user_key, snapshot));
  }
  return newest;
}

std::vector<RangeTombstone> RangeTombstoneSet::ToList() const {
  std::vector<RangeTombstone> list;
  if (const State* current = state()) {
    for (const Run& run : *current) {
      std::vector<RangeTombstone> part = run->ToList();
      list.insert(list.end(), std::make_move_iterator(part.begin()),
                  std::make_move_iterator(part.end()));
    }
  }
  return list;
}

}  // namespace lsmkv::engine
