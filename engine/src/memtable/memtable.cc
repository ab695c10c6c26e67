#include "engine/src/memtable/memtable.h"

#include <algorithm>
#include <string>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Small memtables take small blocks, so that their limit means something.
size_t ArenaBlockBytes(size_t limit_bytes) {
  return std::clamp<size_t>(limit_bytes / 16, 4 << 10, 2 << 20);
}

class SkipListIterator : public InternalIterator {
 public:
  explicit SkipListIterator(const SkipList* list) : list_(list) {}

  bool Valid() const override { return node_ != nullptr; }
  void SeekToFirst() override { Set(list_->First()); }
  void SeekToLast() override { Set(list_->Last()); }
  void Seek(std::string_view internal_key) override {
    Set(list_->FindGreaterOrEqual(UserKey(internal_key),
                                  Trailer(internal_key)));
  }
  void SeekForPrev(std::string_view internal_key) override {
    const SkipList::Node* node =
        list_->FindGreaterOrEqual(UserKey(internal_key), Trailer(internal_key));
    if (node == nullptr || node->trailer != Trailer(internal_key) ||
        node->key() != UserKey(internal_key)) {
      node = list_->FindLessThan(UserKey(internal_key), Trailer(internal_key));
    }
    Set(node);
  }
  void Next() override { Set(node_->next(0)); }
  void Prev() override {
    Set(list_->FindLessThan(node_->key(), node_->trailer));
  }
  std::string_view key() const override { return key_; }
  std::string_view value() const override { return node_->value(); }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  void Set(const SkipList::Node* node) {
    node_ = node;
    if (node == nullptr) return;
    key_.clear();
    AppendInternalKey(&key_, node->key(), node->trailer);
  }

  const SkipList* const list_;
  const SkipList::Node* node_ = nullptr;
  std::string key_;  // the node keeps key and trailer apart
};

}  // namespace

MemTable::MemTable(uint64_t wal_number, size_t limit_bytes)
    : wal_number_(wal_number),
      arena_(ArenaBlockBytes(limit_bytes)),
      list_(&arena_) {}

void MemTable::Add(SequenceNumber sequence, const BatchOperation& op) {
  LSMKV_DCHECK(sequence > last_sequence());
  if (op.type == ValueType::kRangeDelete) {
    tombstones_.Add({std::string(op.key), std::string(op.value), sequence});
  } else {
    list_.Insert(op.key, PackTrailer(sequence, op.type), op.value, &splice_);
  }
  // The leader is the only writer: a load and a store will do.
  records_.store(records() + 1, std::memory_order_relaxed);
  last_sequence_.store(sequence, std::memory_order_relaxed);
}

MemTable::Hit MemTable::Get(std::string_view user_key,
                            SequenceNumber snapshot) const {
  const SkipList::Node* node =
      list_.FindGreaterOrEqual(user_key, SeekTrailer(snapshot));
  if (node == nullptr || node->key() != user_key) return {};
  return {true, node->trailer, node->value()};
}

std::unique_ptr<InternalIterator> MemTable::NewIterator() const {
  return NewSkipListIterator(&list_);
}

std::unique_ptr<InternalIterator> NewSkipListIterator(const SkipList* list) {
  return std::make_unique<SkipListIterator>(list);
}

}  // namespace lsmkv::engine
