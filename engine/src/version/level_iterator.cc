#include "engine/src/version/level_iterator.h"

#include <algorithm>
#include <optional>

#include "engine/src/table/table_iterator.h"

namespace lsmkv::engine {
namespace {

class LevelIterator final : public InternalIterator {
 public:
  LevelIterator(const std::vector<FilePtr>* files, bool fill_cache)
      : files_(files), fill_cache_(fill_cache) {}

  void SeekToFirst() override {
    Open(0);
    if (table_.has_value()) table_->SeekToFirst();
    SettleForward();
  }
  void SeekToLast() override {
    Open(files_->empty() ? 0 : files_->size() - 1);
    if (table_.has_value()) table_->SeekToLast();
    SettleBackward();
  }
  void Seek(std::string_view internal_key) override {
    Open(FirstNotBefore(internal_key));
    if (table_.has_value()) table_->Seek(internal_key);
    SettleForward();
  }
  void SeekForPrev(std::string_view internal_key) override {
    const size_t index = FirstNotBefore(internal_key);
    if (index == files_->size()) {
      SeekToLast();
      return;
    }
    Open(index);
    table_->SeekForPrev(internal_key);
    SettleBackward();
  }
  void Next() override {
    table_->Next();
    SettleForward();
  }
  void Prev() override {
    table_->Prev();
    SettleBackward();
  }
  absl::Status status() const override {
    return !table_.has_value() ? absl::OkStatus() : table_->status();
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
      table_.reset();
      index_ = files_->size();
    } else if (!table_.has_value() || index != index_) {
      table_.emplace((*files_)[index]->reader.get(), fill_cache_);
      index_ = index;
    }
  }

  // Past the end of a table to the start of the next that has an entry. An
  // error stops it, so that nothing is skipped over.
  void SettleForward() {
    while (table_.has_value() && !table_->Valid() && table_->status().ok()) {
      Open(index_ + 1);
      if (table_.has_value()) table_->SeekToFirst();
    }
    StandWithTable();
  }
  void SettleBackward() {
    while (table_.has_value() && !table_->Valid() && table_->status().ok()) {
      if (index_ == 0) {
        table_.reset();
        break;
      }
      Open(index_ - 1);
      table_->SeekToLast();
    }
    StandWithTable();
  }
  void StandWithTable() {
    if (!table_.has_value()) return StandNowhere();
    StandWith(*table_);
  }

  const std::vector<FilePtr>* const files_;
  const bool fill_cache_;
  size_t index_ = 0;
  std::optional<TableIterator> table_;  // of index_; none past the ends
};

}  // namespace

std::unique_ptr<InternalIterator> NewLevelIterator(
    const std::vector<FilePtr>* files, bool fill_cache) {
  return std::make_unique<LevelIterator>(files, fill_cache);
}

}  // namespace lsmkv::engine
