#include "engine/src/version/level_iterator.h"

#include <algorithm>

namespace lsmkv::engine {
namespace {

class LevelIterator : public InternalIterator {
 public:
  LevelIterator(const std::vector<FilePtr>* files, bool fill_cache)
      : files_(files), fill_cache_(fill_cache) {}

  bool Valid() const override { return table_ != nullptr && table_->Valid(); }

  void SeekToFirst() override {
    Open(0);
    if (table_ != nullptr) table_->SeekToFirst();
    SkipForward();
  }
  void SeekToLast() override {
    Open(files_->empty() ? 0 : files_->size() - 1);
    if (table_ != nullptr) table_->SeekToLast();
    SkipBackward();
  }
  void Seek(std::string_view internal_key) override {
    Open(FirstNotBefore(internal_key));
    if (table_ != nullptr) table_->Seek(internal_key);
    SkipForward();
  }
  void SeekForPrev(std::string_view internal_key) override {
    const size_t index = FirstNotBefore(internal_key);
    if (index == files_->size()) {
      SeekToLast();
      return;
    }
    Open(index);
    table_->SeekForPrev(internal_key);
    SkipBackward();
  }
  void Next() override {
    table_->Next();
    SkipForward();
  }
  void Prev() override {
    table_->Prev();
    SkipBackward();
  }
  std::string_view key() const override { return table_->key(); }
  std::string_view value() const override { return table_->value(); }
  absl::Status status() const override {
    return table_ == nullptr ? absl::OkStatus() : table_->status();
  }

 private:
  // The first table whose largest key is at or after `internal_key`.
  size_t FirstNotBefore(std::string_view internal_key) const {
    const auto it = std::partition_point(
        files_->begin(), files_->end(), [&](const FilePtr& file) {
          return CompareInternal(file->largest, internal_key) < 0;
        });
    return static_cast<size_t>(it - files_->begin());
  }

  void Open(size_t index) {
    if (index >= files_->size()) {
      table_ = nullptr;
      index_ = files_->size();
    } else if (table_ == nullptr || index != index_) {
      table_ = (*files_)[index]->reader->NewIterator(fill_cache_);
      index_ = index;
    }
  }

  // Past the end of a table to the start of the next that has an entry. An
  // error stops it, so that nothing is skipped over.
  void SkipForward() {
    while (table_ != nullptr && !table_->Valid() && table_->status().ok()) {
      Open(index_ + 1);
      if (table_ != nullptr) table_->SeekToFirst();
    }
  }
  void SkipBackward() {
    while (table_ != nullptr && !table_->Valid() && table_->status().ok()) {
      if (index_ == 0) {
        table_ = nullptr;
        return;
      }
      Open(index_ - 1);
      table_->SeekToLast();
    }
  }

  const std::vector<FilePtr>* const files_;
  const bool fill_cache_;
  size_t index_ = 0;
  std::unique_ptr<InternalIterator> table_;  // of index_; null past the ends
};

}  // namespace

std::unique_ptr<InternalIterator> NewLevelIterator(
    const std::vector<FilePtr>* files, bool fill_cache) {
  return std::make_unique<LevelIterator>(files, fill_cache);
}

}  // namespace lsmkv::engine
