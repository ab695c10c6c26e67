// RecordTree: the records of a memtable in order. A B+-tree in arenas, which
// any number of threads read without a lock while one thread at a time inserts.
// Nothing is removed; it goes with its arenas.
//
// A node of up to 14 entries takes four cache lines, and a search looks into
// one node per level, at the eight bytes of each key that tell the keys of that
// node apart. In the skip list that was here before every step was a cache
// miss, and half of all the time of random puts.
//
// How readers get by without a lock: an entry is written to a slot that was
// never used before, and is there for readers once the node's `order`, one word
// that says which slot has which rank, is stored. Slots are not used again. A
// full node is replaced by two new ones and stays as it is for those who are
// reading it: they miss only what was inserted after they came. A reader that
// has loaded the visible sequence first misses nothing that it may see. Who
// meets a node that is just being replaced looks into its parent again, at most
// 14 times per level.
//
// Sources: the order word is that of the border nodes in Y. Mao et al., "Cache
// Craftiness for Fast Multicore Key-Value Storage" (Masstree), EuroSys 2012,
// section 4.6; nodes that are replaced instead of changed: J. Levandoski et
// al., "The Bw-Tree", ICDE 2013.

#ifndef LSMKV_ENGINE_SRC_MEMTABLE_RECORD_TREE_H_
#define LSMKV_ENGINE_SRC_MEMTABLE_RECORD_TREE_H_

#include <atomic>
#include <cstdint>
#include <string_view>

#include "engine/src/format/internal_key.h"
#include "engine/src/util/arena.h"

namespace lsmkv::engine {

class RecordTree {
 public:
  // Followed by the user key, the trailer (together an internal key), the
  // value.
  struct Record {
    uint32_t user_key_bytes;
    uint32_t value_bytes;

    const char* data() const {
      return reinterpret_cast<const char*>(this) + sizeof(Record);
    }
    std::string_view user_key() const { return {data(), user_key_bytes}; }
    uint64_t trailer() const { return DecodeFixed64(data() + user_key_bytes); }
    std::string_view internal_key() const {
      return {data(), user_key_bytes + kTrailerBytes};
    }
    std::string_view value() const {
      return {data() + user_key_bytes + kTrailerBytes, value_bytes};
    }
  };
  class Position;

  // `nodes` serves nobody else: a node begins on a cache line.
  RecordTree(Arena* records, Arena* nodes);
  RecordTree(const RecordTree&) = delete;
  RecordTree& operator=(const RecordTree&) = delete;

  // Inserts a record. REQUIRES: no equal key and trailer is there. One thread.
  void Insert(std::string_view user_key, uint64_t trailer,
              std::string_view value);

  // Whether every record came behind all that were there. The writer's.
  bool ascending() const { return ascending_; }

  Position First() const;
  Position Last() const;
  // The first record at or after (user_key, trailer), and the last before it.
  Position FindGreaterOrEqual(std::string_view user_key,
                              uint64_t trailer) const;
  Position FindLessThan(std::string_view user_key, uint64_t trailer) const;

 private:
  struct Node;
  struct Inner;
  struct Target;
  struct Path;

  // A null record is before everything.
  static bool Before(const Record* record, const Target& target, bool or_at);
  // How many bytes all keys from `low` to `high` begin with; null: no end.
  static uint32_t CommonPrefix(const Record* low, const Record* high);
  static void Prefetch(const Node* node);
  // How many entries of a node are before (or at) the target.
  static int CountBefore(const Node& node, uint64_t order, const Target& target,
                         bool or_at);
  const Node* FindLeaf(const Target& target, bool or_at) const;

  Record* NewRecord(std::string_view user_key, uint64_t trailer,
                    std::string_view value);
  Node* NewLeaf(const Record* low, const Record* high);
  Inner* NewInner(const Record* low, const Record* high);
  void Descend(const Target* target, Path* path);
  void SplitInner(Path* path);
  void SplitLeaf(const Path& path, int rank, const Record* record);
  void AppendLeaf(const Path& path, const Record* record);
  // Of a target behind the last record: whether it goes where that one did.
  bool InLastLeaf(const Target& target) const;
  void Inserted(Node* leaf, const Record* record, const Record* high);

  Arena* const records_;
  Arena* const nodes_;
  std::atomic<Node*> root_;
  // Where the last insertion went, for one that follows it closely: its leaf,
  // its record and the end of the leaf's range. The writer's.
  Node* last_leaf_ = nullptr;
  const Record* last_record_ = nullptr;
  const Record* last_high_ = nullptr;
  bool ascending_ = true;
};

// A record in the tree, or none. As long-lived as the tree.
class RecordTree::Position {
 public:
  Position() = default;

  bool valid() const { return leaf_ != nullptr; }
  // REQUIRES: valid().
  const Record& record() const;
  // To the record after it. REQUIRES: valid().
  void Next();
  // To the record before it, in the tree that it is of. REQUIRES: valid().
  void Prev(const RecordTree& tree);

 private:
  friend class RecordTree;
  Position(const Node* leaf, uint64_t order, int rank)
      : leaf_(leaf), order_(order), rank_(rank) {}

  const Node* leaf_ = nullptr;
  // The leaf's when it was entered: what is inserted later is not met.
  uint64_t order_ = 0;
  int rank_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_MEMTABLE_RECORD_TREE_H_
