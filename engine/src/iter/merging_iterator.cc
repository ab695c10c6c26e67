#include "engine/src/iter/merging_iterator.h"

#include <algorithm>
#include <utility>

#include "engine/src/format/internal_key.h"
#include "engine/src/util/key_prefix.h"

namespace lsmkv::engine {
namespace {

// A child with the start of its current key at hand.
struct Child {
  std::unique_ptr<InternalIterator> iter;
  uint64_t prefix = 0;  // meaningful while iter is valid

  // After iter has moved; false if it stands nowhere.
  bool Refresh() {
    if (!iter->Valid()) return false;
    prefix = KeyPrefix(UserKey(iter->key()));
    return true;
  }
  bool Before(const Child& other) const {
    if (prefix != other.prefix) return prefix < other.prefix;
    return CompareInternal(iter->key(), other.iter->key()) < 0;
  }
};

// A binary heap of the children that are valid, the current one on top. After
// a move the new top is most often the old one: it is compared with its two
// rivals only, and nothing is swapped.
class MergingIterator : public InternalIterator {
 public:
  explicit MergingIterator(
      std::vector<std::unique_ptr<InternalIterator>> children) {
    children_.resize(children.size());
    for (size_t i = 0; i < children.size(); ++i) {
      children_[i].iter = std::move(children[i]);
    }
    heap_.reserve(children_.size());
  }

  void SeekToFirst() override {
    for (Child& child : children_) child.iter->SeekToFirst();
    BuildHeap(/*forward=*/true);
  }
  void SeekToLast() override {
    for (Child& child : children_) child.iter->SeekToLast();
    BuildHeap(/*forward=*/false);
  }
  void Seek(std::string_view internal_key) override {
    for (Child& child : children_) child.iter->Seek(internal_key);
    BuildHeap(/*forward=*/true);
  }
  void SeekForPrev(std::string_view internal_key) override {
    for (Child& child : children_) child.iter->SeekForPrev(internal_key);
    BuildHeap(/*forward=*/false);
  }

  void Next() override {
    if (!forward_) Turn(/*forward=*/true);
    heap_[0]->iter->Next();
    RestoreTop();
  }
  void Prev() override {
    if (forward_) Turn(/*forward=*/false);
    heap_[0]->iter->Prev();
    RestoreTop();
  }

  absl::Status status() const override { return status_; }

 private:
  bool Above(const Child* a, const Child* b) const {
    return forward_ ? a->Before(*b) : b->Before(*a);
  }

  void BuildHeap(bool forward) {
    forward_ = forward;
    status_ = absl::OkStatus();
    heap_.clear();
    for (Child& child : children_) {
      if (child.Refresh()) {
        heap_.push_back(&child);
      } else {
        status_.Update(child.iter->status());
      }
    }
    for (size_t i = heap_.size() / 2; i-- > 0;) SiftDown(i);
    StandWithTop();
  }

  void StandWithTop() {
    if (heap_.empty() || !status_.ok()) return StandNowhere();
    StandWith(*heap_[0]->iter);
  }

  void SiftDown(size_t i) {
    Child* moving = heap_[i];
    while (true) {
      size_t below = 2 * i + 1;
      if (below >= heap_.size()) break;
      if (below + 1 < heap_.size() && Above(heap_[below + 1], heap_[below])) {
        ++below;
      }
      if (!Above(heap_[below], moving)) break;
      heap_[i] = heap_[below];
      i = below;
    }
    heap_[i] = moving;
  }

  // After the top child moved.
  void RestoreTop() {
    if (!heap_[0]->Refresh()) [[unlikely]] {
      status_.Update(heap_[0]->iter->status());
      heap_[0] = heap_.back();
      heap_.pop_back();
    }
    if (heap_.size() > 1) SiftDown(0);
    StandWithTop();
  }

  // Brings every other child to the other side of the current key.
  void Turn(bool forward) {
    Child* current = heap_[0];
    const std::string key(current->iter->key());
    for (Child& child : children_) {
      if (&child == current) continue;
      if (forward) {
        child.iter->Seek(key);
        // An equal entry was passed already on the way back.
        if (child.iter->Valid() && child.iter->key() == key) {
          child.iter->Next();
        }
      } else {
        child.iter->SeekForPrev(key);
        if (child.iter->Valid() && child.iter->key() == key) {
          child.iter->Prev();
        }
      }
    }
    BuildHeap(forward);
  }

  std::vector<Child> children_;
  std::vector<Child*> heap_;
  bool forward_ = true;
  absl::Status status_;
};

class EmptyIterator : public InternalIterator {
 public:
  void SeekToFirst() override {}
  void SeekToLast() override {}
  void Seek(std::string_view) override {}
  void SeekForPrev(std::string_view) override {}
  void Next() override {}
  void Prev() override {}
  absl::Status status() const override { return absl::OkStatus(); }
};

}  // namespace

std::unique_ptr<InternalIterator> NewMergingIterator(
    std::vector<std::unique_ptr<InternalIterator>> children) {
  if (children.empty()) return std::make_unique<EmptyIterator>();
  if (children.size() == 1) return std::move(children[0]);
  return std::make_unique<MergingIterator>(std::move(children));
}

}  // namespace lsmkv::engine
