#include "engine/src/memtable/range_tombstone_set.h"

#include <algorithm>
#include <utility>

namespace lsmkv::engine {

void RangeTombstoneSet::Add(RangeTombstone tombstone) {
  auto next = std::make_unique<State>();
  if (const State* current = state_.load(std::memory_order_relaxed)) {
    *next = *current;
  }
  size_t bytes = sizeof(State) + sizeof(tombstone) + tombstone.begin.size() +
                 tombstone.end.size();
  auto given = std::make_shared<std::vector<RangeTombstone>>();
  given->push_back(std::move(tombstone));
  while (!next->empty() && next->back().given->size() <= given->size()) {
    const std::vector<RangeTombstone>& older = *next->back().given;
    given->insert(given->end(), older.begin(), older.end());
    next->pop_back();
  }
  auto cut = std::make_shared<const RangeTombstones>(*given);
  bytes += cut->memory_bytes() + given->size() * sizeof(RangeTombstone) +
           next->size() * sizeof(Run);
  next->push_back({std::move(given), std::move(cut)});
  state_.store(next.get(), std::memory_order_release);
  count_.fetch_add(1, std::memory_order_relaxed);
  memory_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  states_.push_back(std::move(next));
}

SequenceNumber RangeTombstoneSet::Covering(std::string_view user_key,
                                           SequenceNumber snapshot) const {
  const State* current = state();
  if (current == nullptr) return 0;
  SequenceNumber newest = 0;
  for (const Run& run : *current) {
    newest = std::max(newest, run.cut->Covering(user_key, snapshot));
  }
  return newest;
}

std::vector<RangeTombstone> RangeTombstoneSet::ToList() const {
  std::vector<RangeTombstone> list;
  if (const State* current = state()) {
    for (const Run& run : *current) {
      list.insert(list.end(), run.given->begin(), run.given->end());
    }
  }
  return list;
}

}  // namespace lsmkv::engine
