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

class RecordTreeIterator : public InternalIterator {
 public:
  explicit RecordTreeIterator(const RecordTree* tree) : tree_(tree) {}

  void SeekToFirst() override { MoveTo(tree_->First()); }
  void SeekToLast() override { MoveTo(tree_->Last()); }
  void Seek(std::string_view internal_key) override {
    MoveTo(tree_->FindGreaterOrEqual(UserKey(internal_key),
                                     Trailer(internal_key)));
  }
  void SeekForPrev(std::string_view internal_key) override {
    Seek(internal_key);
    if (!Valid() || key() != internal_key) {
      MoveTo(tree_->FindLessThan(UserKey(internal_key), Trailer(internal_key)));
    }
  }
  void Next() override {
    at_.Next();
    StandThere();
  }
  void Prev() override {
    at_.Prev(*tree_);
    StandThere();
  }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  void MoveTo(const RecordTree::Position& position) {
    at_ = position;
    StandThere();
  }
  void StandThere() {
    if (!at_.valid()) return StandNowhere();
    const RecordTree::Record& record = at_.record();
    StandOn(record.internal_key(), record.value());
  }

  const RecordTree* const tree_;
  RecordTree::Position at_;
};

}  // namespace

MemTable::MemTable(uint64_t wal_number, size_t limit_bytes)
    : wal_number_(wal_number),
      records_arena_(ArenaBlockBytes(limit_bytes)),
      nodes_arena_(ArenaBlockBytes(limit_bytes / 2)),
      tree_(&records_arena_, &nodes_arena_) {}

void MemTable::Add(SequenceNumber sequence, const BatchOperation& op) {
  LSMKV_DCHECK(sequence > last_sequence());
  if (op.type == ValueType::kRangeDelete) {
    tombstones_.Add({std::string(op.key), std::string(op.value), sequence});
  } else {
    tree_.Insert(op.key, PackTrailer(sequence, op.type), op.value);
  }
  // The leader is the only writer: a load and a store will do.
  records_.store(records() + 1, std::memory_order_relaxed);
  last_sequence_.store(sequence, std::memory_order_relaxed);
}

MemTable::Hit MemTable::Get(std::string_view user_key,
                            SequenceNumber snapshot) const {
  const RecordTree::Position at =
      tree_.FindGreaterOrEqual(user_key, SeekTrailer(snapshot));
  if (!at.valid() || at.record().user_key() != user_key) return {};
  return {true, at.record().trailer(), at.record().value()};
}

std::unique_ptr<InternalIterator> MemTable::NewIterator() const {
  return NewRecordTreeIterator(&tree_);
}

std::unique_ptr<InternalIterator> NewRecordTreeIterator(
    const RecordTree* tree) {
  return std::make_unique<RecordTreeIterator>(tree);
}

}  // namespace lsmkv::engine
