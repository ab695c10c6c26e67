// SkipList: a sorted list of records in an arena, which any number of threads
// read without a lock while any number insert by compare-and-swap. Nothing is
// ever removed; the list goes as a whole with its arena.
//
// A node keeps key, value and trailer inline, and the first eight bytes of the
// key as a big-endian integer, so that most comparisons touch no key bytes.
//
// Source: W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced
// Trees", 1990; insertion by CAS level by level, lowest first.

#ifndef LSMKV_ENGINE_SRC_MEMTABLE_SKIPLIST_H_
#define LSMKV_ENGINE_SRC_MEMTABLE_SKIPLIST_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/src/format/internal_key.h"
#include "engine/src/util/arena.h"
#include "engine/src/util/key_prefix.h"
#include "engine/src/util/random.h"

namespace lsmkv::engine {

class SkipList {
 public:
  static constexpr int kHeightMax = 14;

  struct Node {
    uint64_t prefix;
    uint64_t trailer;
    uint32_t key_bytes;
    uint32_t value_bytes;
    // Key and value bytes follow; the links stand before the node, level 0
    // nearest, so that a node of any height has its key at the same place.

    const char* data() const {
      return reinterpret_cast<const char*>(this) + sizeof(Node);
    }
    std::string_view key() const { return {data(), key_bytes}; }
    std::string_view value() const { return {data() + key_bytes, value_bytes}; }

    std::atomic<Node*>* link(int level) const {
      return reinterpret_cast<std::atomic<Node*>*>(const_cast<Node*>(this)) -
             1 - level;
    }
    Node* next(int level) const {
      // Acquire: pairs with the release that linked the node in, so that its
      // fields are seen.
      return link(level)->load(std::memory_order_acquire);
    }
  };
  static_assert(sizeof(Node) == 24);

  // Where an insertion goes: on every level the node before it and the one
  // after. Kept between insertions it makes ascending ones cheap. One thread.
  struct Splice {
    Node* before[kHeightMax];
    Node* after[kHeightMax];
    bool filled = false;
  };

  explicit SkipList(Arena* arena) : arena_(arena) {
    head_ = NewNode(kHeightMax, {}, {}, 0);
    for (int i = 0; i < kHeightMax; ++i) {
      head_->link(i)->store(nullptr, std::memory_order_relaxed);
    }
  }
  SkipList(const SkipList&) = delete;
  SkipList& operator=(const SkipList&) = delete;

  // Inserts a record. REQUIRES: no equal key and trailer is in the list.
  void Insert(std::string_view key, uint64_t trailer, std::string_view value,
              Splice* splice) {
    const int height = RandomHeight(trailer);
    Node* node = NewNode(height, key, value, trailer);
    const Target target{node->prefix, key, trailer};
    RaiseHeight(height);
    if (!Brackets(*splice, target)) FillSplice(target, splice);
    for (int level = 0; level < height; ++level) {
      while (true) {
        Node* after = splice->after[level];
        node->link(level)->store(after, std::memory_order_relaxed);
        if (splice->before[level]->link(level)->compare_exchange_strong(
                after, node, std::memory_order_release,
                std::memory_order_relaxed)) {
          break;
        }
        // Another thread put a node there first: look again from where we are.
        FindOnLevel(target, splice->before[level], level, splice);
      }
      splice->before[level] = node;
    }
  }

  // The first node at or after (key, trailer); null if there is none.
  const Node* FindGreaterOrEqual(std::string_view key, uint64_t trailer) const {
    const Target target{KeyPrefix(key), key, trailer};
    const Node* node = head_;
    const Node* known_after = nullptr;
    for (int level = height_.load(std::memory_order_relaxed) - 1;;) {
      const Node* next = node->next(level);
      if (next != nullptr) __builtin_prefetch(next->link(level));
      if (next != known_after && next != nullptr && Before(*next, target)) {
        node = next;
        continue;
      }
      if (level == 0) return next;
      known_after = next;  // spares comparing it again a level below
      --level;
    }
  }

  // The last node before (key, trailer); null if there is none.
  const Node* FindLessThan(std::string_view key, uint64_t trailer) const {
    const Target target{KeyPrefix(key), key, trailer};
    const Node* node = head_;
    for (int level = height_.load(std::memory_order_relaxed) - 1;;) {
      const Node* next = node->next(level);
      if (next != nullptr && Before(*next, target)) {
        node = next;
      } else if (level == 0) {
        return node == head_ ? nullptr : node;
      } else {
        --level;
      }
    }
  }

  const Node* First() const { return head_->next(0); }
  const Node* Last() const {
    const Node* node = head_;
    for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0;) {
      const Node* next = node->next(level);
      if (next != nullptr) {
        node = next;
      } else {
        --level;
      }
    }
    return node == head_ ? nullptr : node;
  }

 private:
  struct Target {
    uint64_t prefix;
    std::string_view key;
    uint64_t trailer;
  };

  static bool Before(const Node& node, const Target& target) {
    if (node.prefix != target.prefix) return node.prefix < target.prefix;
    const int by_key = node.key().compare(target.key);
    if (by_key != 0) return by_key < 0;
    return node.trailer > target.trailer;
  }

  Node* NewNode(int height, std::string_view key, std::string_view value,
                uint64_t trailer) {
    const size_t links_bytes =
        sizeof(std::atomic<Node*>) * static_cast<size_t>(height);
    char* memory = arena_->Allocate(links_bytes + sizeof(Node) + key.size() +
                                    value.size());
    auto* node = reinterpret_cast<Node*>(memory + links_bytes);
    node->prefix = KeyPrefix(key);
    node->trailer = trailer;
    node->key_bytes = static_cast<uint32_t>(key.size());
    node->value_bytes = static_cast<uint32_t>(value.size());
    char* data = memory + links_bytes + sizeof(Node);
    if (!key.empty()) std::memcpy(data, key.data(), key.size());
    if (!value.empty()) {
      std::memcpy(data + key.size(), value.data(), value.size());
    }
    return node;
  }

  // One node in four is a level higher than the last. Drawn from the sequence,
  // which is unique, so that no generator is shared between threads.
  static int RandomHeight(uint64_t trailer) {
    const uint64_t bits = Random(trailer).Next();
    return std::min(1 + std::countr_zero(bits | uint64_t{1} << 60) / 2,
                    kHeightMax);
  }

  void RaiseHeight(int height) {
    int current = height_.load(std::memory_order_relaxed);
    while (height > current &&
           !height_.compare_exchange_weak(current, height,
                                          std::memory_order_relaxed)) {
    }
  }

  // True if the splice still tells where `target` goes on level 0; above, a
  // wider bracket is mended by the CAS of Insert.
  bool Brackets(const Splice& splice, const Target& target) const {
    if (!splice.filled) return false;
    const Node* before = splice.before[0];
    const Node* after = splice.after[0];
    return before->next(0) == after &&
           (before == head_ || Before(*before, target)) &&
           (after == nullptr || !Before(*after, target));
  }

  // Sets the splice on one level, walking from `from`, which is before target.
  void FindOnLevel(const Target& target, Node* from, int level,
                   Splice* splice) const {
    Node* after = from->next(level);
    while (after != nullptr && Before(*after, target)) {
      from = after;
      after = from->next(level);
    }
    splice->before[level] = from;
    splice->after[level] = after;
  }

  void FillSplice(const Target& target, Splice* splice) const {
    Node* node = head_;
    Node* known_after = nullptr;
    for (int level = kHeightMax - 1; level >= 0; --level) {
      Node* after = node->next(level);
      while (after != known_after && after != nullptr) {
        Node* next = after->next(level);
        if (next != nullptr) __builtin_prefetch(next);
        if (!Before(*after, target)) break;
        node = after;
        after = next;
      }
      splice->before[level] = node;
      splice->after[level] = after;
      known_after = after;
    }
    splice->filled = true;
  }

  Arena* const arena_;
  Node* head_;
  // Levels in use; a reader with an old value only walks farther.
  std::atomic<int> height_{1};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_MEMTABLE_SKIPLIST_H_
