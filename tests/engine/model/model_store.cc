#include "tests/engine/model/model_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lsmkv::model {
namespace {

class ModelMoment final : public Moment {
 public:
  explicit ModelMoment(uint64_t version) : version_(version) {}
  uint64_t version() const override { return version_; }

 private:
  const uint64_t version_;
};

}  // namespace

class ModelStore::ModelCursor final : public Cursor {
 public:
  ModelCursor(const Records* records, uint64_t version, const View& view)
      : records_(records),
        version_(version),
        lower_(view.lower),
        upper_(view.upper),
        at_(records->end()) {}

  bool Valid() const override { return index_ != kNone; }
  void SeekToFirst() override { FindForward(records_->lower_bound(lower_)); }
  void SeekToLast() override {
    FindBackward(upper_.empty() ? records_->end()
                                : records_->lower_bound(upper_));
  }
  void Seek(std::string_view key) override {
    FindForward(records_->lower_bound(std::max<std::string_view>(key, lower_)));
  }
  void SeekForPrev(std::string_view key) override {
    if (!upper_.empty() && key >= upper_) return SeekToLast();
    FindBackward(records_->upper_bound(key));
  }
  void Next() override { FindForward(std::next(at_)); }
  void Prev() override { FindBackward(at_); }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return *record().value; }
  uint64_t version() const override { return record().number; }
  absl::StatusCode code() const override { return absl::StatusCode::kOk; }

 private:
  const Version& record() const { return at_->second[index_]; }
  bool IsVisible() {
    index_ = VisibleAt(at_->second, version_);
    return index_ != kNone;
  }

  // The first record that is there, from `from` on.
  void FindForward(Records::const_iterator from) {
    index_ = kNone;
    for (at_ = from; at_ != records_->end(); ++at_) {
      if (!upper_.empty() && at_->first >= upper_) return;
      if (IsVisible()) return;
    }
  }
  // The last record that is there, before `end`.
  void FindBackward(Records::const_iterator end) {
    index_ = kNone;
    for (at_ = end; at_ != records_->begin();) {
      --at_;
      if (at_->first < lower_) return;
      if (IsVisible()) return;
    }
  }

  const Records* const records_;
  const uint64_t version_;
  const std::string lower_;
  const std::string upper_;
  Records::const_iterator at_;
  size_t index_ = kNone;  // later writes move the versions, not their order
};

size_t ModelStore::VisibleAt(const std::vector<Version>& versions,
                             uint64_t number) {
  for (size_t i = versions.size(); i-- > 0;) {
    if (versions[i].number <= number) return versions[i].value ? i : kNone;
  }
  return kNone;
}

bool ModelStore::IsAllowed(const Change& change) const {
  if (change.key.empty() || change.key.size() > key_bytes_max_) return false;
  switch (change.kind) {
    case Change::kPut:
      return change.value.size() <= value_bytes_max_;
    case Change::kDelete:
      return true;
    case Change::kDeleteRange:
      return change.key < change.value && change.value.size() <= key_bytes_max_;
  }
  return false;
}

void ModelStore::Apply(const Change& change) {
  ++last_version_;
  if (change.kind == Change::kPut) {
    records_[change.key].push_back({last_version_, change.value});
    return;
  }
  const auto erase = [this](std::vector<Version>* versions) {
    if (versions->back().value) versions->push_back({last_version_, {}});
  };
  if (change.kind == Change::kDelete) {
    const auto it = records_.find(change.key);
    if (it != records_.end()) erase(&it->second);
    return;
  }
  const auto end = records_.lower_bound(change.value);
  for (auto it = records_.lower_bound(change.key); it != end; ++it) {
    erase(&it->second);
  }
}

Written ModelStore::Write(const std::vector<Change>& changes,
                          std::optional<engine::Durability>) {
  for (const Change& change : changes) {
    if (!IsAllowed(change)) return {absl::StatusCode::kInvalidArgument, 0};
  }
  if (changes.empty()) return {absl::StatusCode::kInvalidArgument, 0};
  for (const Change& change : changes) Apply(change);
  return {absl::StatusCode::kOk, last_version_};
}

void ModelStore::WriteAsync(const std::vector<Change>& changes,
                            std::optional<engine::Durability> durability) {
  answers_.push_back(Write(changes, durability));
}

std::vector<Written> ModelStore::TakeAnswers() {
  return std::exchange(answers_, {});
}

Found ModelStore::Get(const View& view, std::string_view key, int pin_slot) {
  Pin& pin = pins_[static_cast<size_t>(pin_slot)];
  pin = Pin();
  if (key.empty()) pin.code = absl::StatusCode::kInvalidArgument;
  const auto it = records_.find(key);
  if (it == records_.end()) return Pinned(pin_slot);
  const size_t index = VisibleAt(
      it->second, view.moment ? view.moment->version() : last_version_);
  if (index != kNone) {
    const Version& found = it->second[index];
    pin = {absl::StatusCode::kOk, *found.value, found.number};
  }
  return Pinned(pin_slot);
}

Found ModelStore::Pinned(int pin_slot) {
  const Pin& pin = pins_[static_cast<size_t>(pin_slot)];
  return {pin.code, pin.value, pin.version};
}

std::unique_ptr<Cursor> ModelStore::NewCursor(const View& view) {
  return std::make_unique<ModelCursor>(
      &records_, view.moment ? view.moment->version() : last_version_, view);
}

std::shared_ptr<Moment> ModelStore::TakeMoment() {
  return std::make_shared<ModelMoment>(last_version_);
}

absl::StatusCode ModelStore::Reopen() {
  pins_ = {};
  for (auto it = records_.begin(); it != records_.end();) {
    if (it->second.back().value) {
      it->second.erase(it->second.begin(), std::prev(it->second.end()));
      ++it;
    } else {
      it = records_.erase(it);
    }
  }
  return absl::StatusCode::kOk;
}

}  // namespace lsmkv::model
