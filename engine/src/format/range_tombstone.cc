#include "engine/src/format/range_tombstone.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace lsmkv::engine {

RangeTombstones::RangeTombstones(
    const std::vector<RangeTombstone>& tombstones) {
  // A sweep over all begins and ends: between two neighbouring points the set
  // of open tombstones is constant and makes one fragment.
  struct Point {
    std::string_view key;
    bool opens;
    SequenceNumber sequence;
  };
  std::vector<Point> points;
  points.reserve(tombstones.size() * 2);
  for (const RangeTombstone& t : tombstones) {
    if (t.begin >= t.end) continue;
    points.push_back({t.begin, true, t.sequence});
    points.push_back({t.end, false, t.sequence});
  }
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.key < b.key; });

  std::multiset<SequenceNumber, std::greater<>> open;
  for (size_t i = 0; i < points.size();) {
    const std::string_view key = points[i].key;
    for (; i < points.size() && points[i].key == key; ++i) {
      if (points[i].opens) {
        open.insert(points[i].sequence);
      } else {
        open.erase(open.find(points[i].sequence));
      }
    }
    if (open.empty()) continue;
    Fragment fragment;
    fragment.begin = std::string(key);
    fragment.end = std::string(points[i].key);
    fragment.sequences.assign(open.begin(), open.end());
    fragment.sequences.erase(
        std::unique(fragment.sequences.begin(), fragment.sequences.end()),
        fragment.sequences.end());
    memory_bytes_ += sizeof(Fragment) + fragment.begin.size() +
                     fragment.end.size() +
                     fragment.sequences.size() * sizeof(SequenceNumber);
    fragments_.push_back(std::move(fragment));
  }
}

SequenceNumber RangeTombstones::Covering(std::string_view user_key,
                                         SequenceNumber snapshot) const {
  // The last fragment that begins at or before the key.
  auto it = std::upper_bound(
      fragments_.begin(), fragments_.end(), user_key,
      [](std::string_view key, const Fragment& f) { return key < f.begin; });
  if (it == fragments_.begin()) return 0;
  --it;
  if (user_key >= it->end) return 0;
  auto seq = std::lower_bound(it->sequences.begin(), it->sequences.end(),
                              snapshot, std::greater<>());
  return seq == it->sequences.end() ? 0 : *seq;
}

std::vector<RangeTombstone> RangeTombstones::ToList() const {
  std::vector<RangeTombstone> list;
  for (const Fragment& fragment : fragments_) {
    for (SequenceNumber sequence : fragment.sequences) {
      list.push_back({fragment.begin, fragment.end, sequence});
    }
  }
  return list;
}

}  // namespace lsmkv::engine
