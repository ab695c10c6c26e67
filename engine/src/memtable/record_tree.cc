#include "engine/src/memtable/record_tree.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "engine/src/util/key_prefix.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

constexpr int kSlots = 14;

// The order word: the number of entries, and the slot of each rank, four bits
// each.
int CountOf(uint64_t order) { return static_cast<int>(order & 15); }
int SlotAt(uint64_t order, int rank) {
  return static_cast<int>(order >> (4 * (rank + 1)) & 15);
}
// With the next unused slot at `rank`.
uint64_t WithEntryAt(uint64_t order, int rank) {
  const auto count = static_cast<uint64_t>(CountOf(order));
  const int shift = 4 * (rank + 1);
  const uint64_t before = order & ((uint64_t{1} << shift) - 1);
  const uint64_t after = order >> shift;
  return (before | count << shift | after << shift << 4) + 1;
}
// Slots in the order of their numbers.
constexpr uint64_t InSlotOrder(int count) {
  constexpr uint64_t kAll = 0xdc'ba98'7654'3210;
  return (count == 0 ? 0
                     : (kAll << 4 & ((uint64_t{1} << (4 * count) << 4) - 1))) |
         static_cast<uint64_t>(count);
}

// Eight bytes of the key from `skip` on; what is not there counts as zeros.
uint64_t Window(std::string_view key, size_t skip) {
  return skip >= key.size() ? 0 : KeyPrefix(key.substr(skip));
}

}  // namespace

struct RecordTree::Target {
  std::string_view user_key;
  uint64_t trailer;
};

struct alignas(64) RecordTree::Node {
  std::atomic<uint64_t> order{0};
  std::atomic<Node*> next{nullptr};  // of a leaf: the one after it
  Node* previous = nullptr;          // of a leaf; the writer's
  // All keys between the ends of the node's range begin with the same so many
  // bytes. Targets of a search in it as well.
  uint32_t skip = 0;
  uint32_t level = 0;  // of a leaf 0
  uint64_t windows[kSlots];
  // Of an inner node the first record of each child; null: before all.
  const Record* records[kSlots];

  uint64_t Order() const { return order.load(std::memory_order_acquire); }
  const Record* At(uint64_t o, int rank) const {
    return records[SlotAt(o, rank)];
  }
  void Set(int slot, const Record* record) {
    windows[slot] = record == nullptr ? 0 : Window(record->user_key(), skip);
    records[slot] = record;
  }
};

struct RecordTree::Inner : RecordTree::Node {
  std::atomic<Node*> children[kSlots];

  Node* Child(uint64_t o, int rank) const {
    return children[SlotAt(o, rank)].load(std::memory_order_acquire);
  }
  // The child whose rank is `rank_in(order)`. A child that has been replaced by
  // two since `order` was loaded is only the first of them: then again, at most
  // once for each slot.
  template <typename RankIn>
  Node* Find(RankIn rank_in) const {
    uint64_t o = Order();
    while (true) {
      Node* child = Child(o, rank_in(o));
      const uint64_t now = Order();
      if (now == o) return child;
      o = now;
    }
  }
};

bool RecordTree::Before(const Record* record, const Target& target,
                        bool or_at) {
  if (record == nullptr) return true;
  const int c = CompareInternal(record->user_key(), record->trailer(),
                                target.user_key, target.trailer);
  return or_at ? c <= 0 : c < 0;
}

uint32_t RecordTree::CommonPrefix(const Record* low, const Record* high) {
  if (low == nullptr || high == nullptr) return 0;
  const std::string_view a = low->user_key();
  const std::string_view b = high->user_key();
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<uint32_t>(ends.first - a.begin());
}

// All lines at once, where one after the other would wait for each.
void RecordTree::Prefetch(const Node* node) {
  for (size_t at = 0; at < sizeof(Node); at += alignof(Node)) {
    __builtin_prefetch(reinterpret_cast<const char*>(node) + at);
  }
}

// Where an insertion goes: a node, its place in its parent, and its range.
struct RecordTree::Path {
  Inner* parent;
  int rank;  // of the node in its parent
  Node* node;
  const Record* low;
  const Record* high;

  // Puts a new node after the path's own, and then `instead` in its place: a
  // reader who comes between finds all in the old one.
  void Replace(Node* instead, Node* after, const Record* first) const {
    LSMKV_CHECK(parent != nullptr);  // only a leaf with room is met without
    const uint64_t order = parent->Order();
    const int slot = CountOf(order);
    parent->Set(slot, first);
    parent->children[slot].store(after, std::memory_order_relaxed);
    parent->order.store(WithEntryAt(order, rank + 1),
                        std::memory_order_release);
    parent->children[SlotAt(order, rank)].store(instead,
                                                std::memory_order_release);
  }
};

RecordTree::RecordTree(Arena* records, Arena* nodes)
    : records_(records), nodes_(nodes), root_(NewLeaf(nullptr, nullptr)) {}

RecordTree::Record* RecordTree::NewRecord(std::string_view user_key,
                                          uint64_t trailer,
                                          std::string_view value) {
  char* memory = records_->Allocate(sizeof(Record) + user_key.size() +
                                    kTrailerBytes + value.size());
  auto* record = reinterpret_cast<Record*>(memory);
  record->user_key_bytes = static_cast<uint32_t>(user_key.size());
  record->value_bytes = static_cast<uint32_t>(value.size());
  char* data = memory + sizeof(Record);
  if (!user_key.empty()) std::memcpy(data, user_key.data(), user_key.size());
  data += user_key.size();
  EncodeFixed64(data, trailer);
  data += kTrailerBytes;
  if (!value.empty()) std::memcpy(data, value.data(), value.size());
  return record;
}

RecordTree::Node* RecordTree::NewLeaf(const Record* low, const Record* high) {
  auto* leaf = new (nodes_->Allocate(sizeof(Node))) Node;
  leaf->skip = CommonPrefix(low, high);
  return leaf;
}

RecordTree::Inner* RecordTree::NewInner(const Record* low, const Record* high) {
  auto* inner = new (nodes_->Allocate(sizeof(Inner))) Inner;
  inner->skip = CommonPrefix(low, high);
  return inner;
}

int RecordTree::CountBefore(const Node& node, uint64_t order,
                            const Target& target, bool or_at) {
  const uint64_t window = Window(target.user_key, node.skip);
  const int count = CountOf(order);
  int before = 0;
  int equal = 0;
  for (int slot = 0; slot < count; ++slot) {
    before += node.windows[slot] < window ? 1 : 0;
    equal += node.windows[slot] == window ? 1 : 0;
  }
  // Those with equal windows have ranks of their own: the keys decide.
  int end = before + equal;
  while (before < end) {
    const int middle = (before + end) / 2;
    if (Before(node.At(order, middle), target, or_at)) {
      before = middle + 1;
    } else {
      end = middle;
    }
  }
  return before;
}

const RecordTree::Node* RecordTree::FindLeaf(const Target& target,
                                             bool or_at) const {
  const Node* node = root_.load(std::memory_order_acquire);
  while (node->level > 0) {
    const auto& inner = static_cast<const Inner&>(*node);
    node = inner.Find([&](uint64_t order) {
      return std::max(CountBefore(inner, order, target, or_at), 1) - 1;
    });
    Prefetch(node);
  }
  return node;
}

RecordTree::Position RecordTree::FindGreaterOrEqual(std::string_view user_key,
                                                    uint64_t trailer) const {
  const Target target{user_key, trailer};
  const Node* leaf = FindLeaf(target, /*or_at=*/true);
  const uint64_t order = leaf->Order();
  const int rank = CountBefore(*leaf, order, target, /*or_at=*/false);
  if (rank < CountOf(order)) return {leaf, order, rank};
  // The first of the next leaf, unless one was put between since: its records
  // are newer than the search and may be before the target.
  while ((leaf = leaf->next.load(std::memory_order_acquire)) != nullptr) {
    const uint64_t next_order = leaf->Order();
    for (int i = 0; i < CountOf(next_order); ++i) {
      if (!Before(leaf->At(next_order, i), target, /*or_at=*/false)) {
        return {leaf, next_order, i};
      }
    }
  }
  return {};
}

RecordTree::Position RecordTree::FindLessThan(std::string_view user_key,
                                              uint64_t trailer) const {
  const Target target{user_key, trailer};
  const Node* leaf = FindLeaf(target, /*or_at=*/false);
  const uint64_t order = leaf->Order();
  const int rank = CountBefore(*leaf, order, target, /*or_at=*/false) - 1;
  // A leaf begins with the record that leads to it: it is the first, if empty.
  return rank < 0 ? Position() : Position(leaf, order, rank);
}

RecordTree::Position RecordTree::First() const {
  const Node* node = root_.load(std::memory_order_acquire);
  while (node->level > 0) {
    node = static_cast<const Inner*>(node)->Find([](uint64_t) { return 0; });
  }
  const uint64_t order = node->Order();
  return CountOf(order) == 0 ? Position() : Position(node, order, 0);
}

RecordTree::Position RecordTree::Last() const {
  const Node* node = root_.load(std::memory_order_acquire);
  while (node->level > 0) {
    node = static_cast<const Inner*>(node)->Find(
        [](uint64_t order) { return CountOf(order) - 1; });
  }
  const uint64_t order = node->Order();
  const int count = CountOf(order);
  return count == 0 ? Position() : Position(node, order, count - 1);
}

void RecordTree::Insert(std::string_view user_key, uint64_t trailer,
                        std::string_view value) {
  const Record* record = NewRecord(user_key, trailer, value);
  const Target target{record->user_key(), trailer};
  const bool follows =
      last_record_ != nullptr && Before(last_record_, target, /*or_at=*/false);
  // In ascending order the last record is the last of all, and what follows
  // needs no search.
  const bool is_last = follows && ascending_;
  Path path{};
  if (follows && InLastLeaf(target)) {
    path.node = last_leaf_;
    path.high = last_high_;
  } else {
    Descend(is_last ? nullptr : &target, &path);
  }
  const uint64_t order = path.node->Order();
  const int rank = is_last ? CountOf(order)
                           : CountBefore(*path.node, order, target,
                                         /*or_at=*/false);
  ascending_ = ascending_ && path.high == nullptr && rank == CountOf(order);
  if (CountOf(order) < kSlots) {
    path.node->Set(CountOf(order), record);
    path.node->order.store(WithEntryAt(order, rank), std::memory_order_release);
    Inserted(path.node, record, path.high);
  } else if (rank == kSlots) {
    AppendLeaf(path, record);
  } else {
    SplitLeaf(path, rank, record);
  }
}

bool RecordTree::InLastLeaf(const Target& target) const {
  return CountOf(last_leaf_->Order()) < kSlots &&
         (last_high_ == nullptr || !Before(last_high_, target, /*or_at=*/true));
}

void RecordTree::Inserted(Node* leaf, const Record* record,
                          const Record* high) {
  last_leaf_ = leaf;
  last_record_ = record;
  last_high_ = high;
}

// To the leaf that the target belongs in, null being after all, with room in
// every node above it.
void RecordTree::Descend(const Target* target, Path* path) {
  Node* root = root_.load(std::memory_order_relaxed);
  if (CountOf(root->Order()) == kSlots) {
    Inner* above = NewInner(nullptr, nullptr);
    above->level = root->level + 1;
    above->Set(0, nullptr);
    above->children[0].store(root, std::memory_order_relaxed);
    above->order.store(InSlotOrder(1), std::memory_order_relaxed);
    root_.store(above, std::memory_order_release);
    root = above;
  }
  *path = {nullptr, 0, root, nullptr, nullptr};
  while (path->node->level > 0) {
    auto* inner = static_cast<Inner*>(path->node);
    const uint64_t order = inner->Order();
    const int count = target == nullptr
                          ? CountOf(order)
                          : CountBefore(*inner, order, *target, /*or_at=*/true);
    path->parent = inner;
    path->rank = std::max(count, 1) - 1;
    path->node = inner->Child(order, path->rank);
    Prefetch(path->node);
    if (path->rank > 0) path->low = inner->At(order, path->rank);
    if (path->rank + 1 < CountOf(order)) {
      path->high = inner->At(order, path->rank + 1);
    }
    if (path->node->level > 0 && CountOf(path->node->Order()) == kSlots) {
      SplitInner(path);
      return Descend(target, path);  // which half is it?
    }
  }
}

void RecordTree::SplitInner(Path* path) {
  const auto* old = static_cast<const Inner*>(path->node);
  const uint64_t order = old->Order();
  constexpr int kHalf = kSlots / 2;
  const Record* middle = old->At(order, kHalf);
  Inner* halves[] = {NewInner(path->low, middle), NewInner(middle, path->high)};
  for (int half = 0; half < 2; ++half) {
    Inner* inner = halves[half];
    inner->level = old->level;
    for (int i = 0; i < kHalf; ++i) {
      const int rank = half * kHalf + i;
      inner->Set(i, old->At(order, rank));
      inner->children[i].store(old->Child(order, rank),
                               std::memory_order_relaxed);
    }
    inner->order.store(InSlotOrder(kHalf), std::memory_order_relaxed);
  }
  path->Replace(halves[0], halves[1], middle);
}

// Ascending keys fill their leaves this way.
void RecordTree::AppendLeaf(const Path& path, const Record* record) {
  Node* leaf = path.node;
  Node* after = NewLeaf(record, path.high);
  Node* next = leaf->next.load(std::memory_order_relaxed);
  after->Set(0, record);
  after->order.store(InSlotOrder(1), std::memory_order_relaxed);
  after->next.store(next, std::memory_order_relaxed);
  after->previous = leaf;
  if (next != nullptr) next->previous = after;
  path.Replace(leaf, after, record);
  leaf->next.store(after, std::memory_order_release);
  Inserted(after, record, path.high);
}

void RecordTree::SplitLeaf(const Path& path, int rank, const Record* record) {
  const Node* old = path.node;
  const uint64_t order = old->Order();
  const Record* all[kSlots + 1];
  for (int i = 0; i <= kSlots; ++i) {
    all[i] = i == rank ? record : old->At(order, i < rank ? i : i - 1);
  }
  constexpr int kHalf = (kSlots + 1) / 2;
  const Record* middle = all[kHalf];
  Node* left = NewLeaf(path.low, middle);
  Node* right = NewLeaf(middle, path.high);
  for (int i = 0; i < kHalf; ++i) left->Set(i, all[i]);
  for (int i = kHalf; i <= kSlots; ++i) right->Set(i - kHalf, all[i]);
  left->order.store(InSlotOrder(kHalf), std::memory_order_relaxed);
  right->order.store(InSlotOrder(kSlots + 1 - kHalf),
                     std::memory_order_relaxed);
  Node* next = old->next.load(std::memory_order_relaxed);
  left->next.store(right, std::memory_order_relaxed);
  right->next.store(next, std::memory_order_relaxed);
  left->previous = old->previous;
  right->previous = left;
  if (next != nullptr) next->previous = right;
  path.Replace(left, right, middle);
  if (left->previous != nullptr) {
    left->previous->next.store(left, std::memory_order_release);
  }
  const bool in_left = rank < kHalf;
  Inserted(in_left ? left : right, record, in_left ? middle : path.high);
}

const RecordTree::Record& RecordTree::Position::record() const {
  LSMKV_DCHECK(valid());
  return *leaf_->At(order_, rank_);
}

void RecordTree::Position::Next() {
  if (++rank_ < CountOf(order_)) return;
  leaf_ = leaf_->next.load(std::memory_order_acquire);
  rank_ = 0;
  if (leaf_ == nullptr) return;
  order_ = leaf_->Order();
  const uint64_t ahead = order_;
  for (int rank = 0; rank < CountOf(ahead); ++rank) {
    __builtin_prefetch(leaf_->At(ahead, rank));
  }
}

void RecordTree::Position::Prev(const RecordTree& tree) {
  if (rank_ > 0) {
    --rank_;
    return;
  }
  const Record& first = record();
  *this = tree.FindLessThan(first.user_key(), first.trailer());
}

}  // namespace lsmkv::engine
