// TwinStore: two stores under one block cache, with the same keys in files of
// the same names and other values. What is read from the one must never be a
// block of the other.

#ifndef LSMKV_TESTS_ENGINE_MODEL_TWIN_STORE_H_
#define LSMKV_TESTS_ENGINE_MODEL_TWIN_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/engine/model/store.h"

namespace lsmkv::model {

class TwinStore final : public Store {
 public:
  // Answers as `store` does, or with INTERNAL where `twin` has something else
  // than the other value.
  TwinStore(std::unique_ptr<Store> store, std::unique_ptr<Store> twin)
      : store_(std::move(store)), twin_(std::move(twin)) {}

  Written Write(const std::vector<Change>& changes,
                std::optional<engine::Durability> durability) override {
    twin_->Write(Other(changes), durability);
    return store_->Write(changes, durability);
  }
  void WriteAsync(const std::vector<Change>& changes,
                  std::optional<engine::Durability> durability) override {
    twin_->WriteAsync(Other(changes), durability);
    store_->WriteAsync(changes, durability);
  }
  std::vector<Written> TakeAnswers() override {
    twin_->TakeAnswers();
    return store_->TakeAnswers();
  }
  Found Get(const View& view, std::string_view key, int pin_slot) override {
    Found found = store_->Get(view, key, pin_slot);
    if (view.moment) return found;  // the twin has snapshots of its own
    const Found other = twin_->Get(view, key, pin_slot);
    if (other.code != found.code || (found.code == absl::StatusCode::kOk &&
                                     other.value != Other(found.value))) {
      found.code = absl::StatusCode::kInternal;
    }
    return found;
  }
  Found Pinned(int pin_slot) override { return store_->Pinned(pin_slot); }
  std::unique_ptr<Cursor> NewCursor(const View& view) override {
    return store_->NewCursor(view);
  }
  std::shared_ptr<Moment> TakeMoment() override { return store_->TakeMoment(); }
  absl::StatusCode Flush() override {
    return Both(twin_->Flush(), store_->Flush());
  }
  absl::StatusCode Compact(std::string_view begin,
                           std::string_view end) override {
    return Both(twin_->Compact(begin, end), store_->Compact(begin, end));
  }
  absl::StatusCode SyncWal() override {
    return Both(twin_->SyncWal(), store_->SyncWal());
  }
  absl::StatusCode Reopen() override {
    return Both(twin_->Reopen(), store_->Reopen());
  }

  std::string open_error() const override {
    return store_->open_error() + twin_->open_error();
  }
  uint64_t jobs() const override { return store_->jobs() + twin_->jobs(); }

 private:
  // As long as `value`, so that blocks have the same places in their files.
  static std::string Other(std::string_view value) {
    std::string other(value);
    for (char& byte : other) byte = static_cast<char>(byte ^ 0x55);
    return other;
  }
  static std::vector<Change> Other(std::vector<Change> changes) {
    for (Change& change : changes) {
      if (change.kind == Change::kPut) change.value = Other(change.value);
    }
    return changes;
  }
  static absl::StatusCode Both(absl::StatusCode a, absl::StatusCode b) {
    return a == absl::StatusCode::kOk ? b : a;
  }

  const std::unique_ptr<Store> store_;
  const std::unique_ptr<Store> twin_;
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_TWIN_STORE_H_
