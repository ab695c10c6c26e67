#include "tests/engine/model/engine_store.h"

#include <utility>

#include "lsmkv/engine/mutex.h"

namespace lsmkv::model {
namespace {

using engine::MutexLock;

engine::WriteBatch MakeBatch(const std::vector<Change>& changes) {
  engine::WriteBatch batch;
  for (const Change& change : changes) {
    switch (change.kind) {
      case Change::kPut:
        batch.Put(change.key, change.value);
        break;
      case Change::kDelete:
        batch.Delete(change.key);
        break;
      case Change::kDeleteRange:
        batch.DeleteRange(change.key, change.value);
        break;
    }
  }
  return batch;
}

class EngineMoment final : public Moment {
 public:
  explicit EngineMoment(std::unique_ptr<engine::Snapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}
  uint64_t version() const override { return snapshot_->version(); }
  const engine::Snapshot* snapshot() const { return snapshot_.get(); }

 private:
  const std::unique_ptr<engine::Snapshot> snapshot_;
};

engine::ReadOptions MakeReadOptions(const View& view) {
  engine::ReadOptions options;
  if (view.moment) {
    options.snapshot =
        static_cast<const EngineMoment*>(view.moment.get())->snapshot();
  }
  options.fill_cache = view.fill_cache;
  options.lower_bound = view.lower;
  options.upper_bound = view.upper;
  return options;
}

class EngineCursor final : public Cursor {
 public:
  EngineCursor(std::shared_ptr<Moment> moment,
               std::unique_ptr<engine::Iterator> iterator)
      : moment_(std::move(moment)), iterator_(std::move(iterator)) {}

  bool Valid() const override { return iterator_->Valid(); }
  void SeekToFirst() override { iterator_->SeekToFirst(); }
  void SeekToLast() override { iterator_->SeekToLast(); }
  void Seek(std::string_view key) override { iterator_->Seek(key); }
  void SeekForPrev(std::string_view key) override {
    iterator_->SeekForPrev(key);
  }
  void Next() override { iterator_->Next(); }
  void Prev() override { iterator_->Prev(); }
  std::string_view key() const override { return iterator_->key(); }
  std::string_view value() const override { return iterator_->value(); }
  uint64_t version() const override { return iterator_->version(); }
  absl::StatusCode code() const override { return iterator_->status().code(); }

 private:
  const std::shared_ptr<Moment> moment_;  // outlives the iterator
  const std::unique_ptr<engine::Iterator> iterator_;
};

Written MakeWritten(const absl::StatusOr<uint64_t>& version) {
  return {version.status().code(), version.ok() ? *version : 0};
}

}  // namespace

// The answers to asynchronous writes, in the order in which they were made.
class EngineStore::AsyncWrites {
 public:
  using Answer = absl::StatusOr<uint64_t>;

  engine::WriteCallback Add() {
    const MutexLock lock(&mu_);
    const size_t index = answers_.size();
    answers_.emplace_back(uint64_t{0});
    ++waiting_;
    return [this, index](Answer answer) {
      const MutexLock lock(&mu_);
      answers_[index] = std::move(answer);
      --waiting_;
      answered_.Signal();
    };
  }

  std::vector<Answer> Take() {
    const MutexLock lock(&mu_);
    while (waiting_ > 0) answered_.Wait(&mu_);
    return std::exchange(answers_, {});
  }

 private:
  engine::Mutex mu_;
  engine::CondVar answered_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mu_);
  size_t waiting_ ABSL_GUARDED_BY(mu_) = 0;
};

EngineStore::EngineStore(std::vector<engine::Options> options, std::string path)
    : options_(std::move(options)),
      path_(std::move(path)),
      async_(std::make_unique<AsyncWrites>()) {}

EngineStore::~EngineStore() { async_->Take(); }

Written EngineStore::Write(const std::vector<Change>& changes,
                           std::optional<engine::Durability> durability) {
  return MakeWritten(db_->Write({durability}, MakeBatch(changes)));
}

void EngineStore::WriteAsync(const std::vector<Change>& changes,
                             std::optional<engine::Durability> durability) {
  db_->WriteAsync({durability}, MakeBatch(changes), async_->Add());
}

std::vector<Written> EngineStore::TakeAnswers() {
  std::vector<Written> answers;
  for (const auto& answer : async_->Take())
    answers.push_back(MakeWritten(answer));
  return answers;
}

Found EngineStore::Get(const View& view, std::string_view key, int pin_slot) {
  Pin& pin = pins_[static_cast<size_t>(pin_slot)];
  pin.code = db_->Get(MakeReadOptions(view), key, &pin.value).code();
  return Pinned(pin_slot);
}

Found EngineStore::Pinned(int pin_slot) {
  const Pin& pin = pins_[static_cast<size_t>(pin_slot)];
  return {pin.code, pin.value.view(), pin.value.version()};
}

std::unique_ptr<Cursor> EngineStore::NewCursor(const View& view) {
  return std::make_unique<EngineCursor>(
      view.moment, db_->NewIterator(MakeReadOptions(view)));
}

std::shared_ptr<Moment> EngineStore::TakeMoment() {
  return std::make_shared<EngineMoment>(db_->GetSnapshot());
}

absl::StatusCode EngineStore::Flush() { return db_->Flush().code(); }

absl::StatusCode EngineStore::Compact(std::string_view begin,
                                      std::string_view end) {
  std::optional<std::string_view> from;
  std::optional<std::string_view> to;
  if (!begin.empty()) from = begin;
  if (!end.empty()) to = end;
  return db_->CompactRange(from, to).code();
}

absl::StatusCode EngineStore::SyncWal() { return db_->SyncWal().code(); }

uint64_t EngineStore::jobs() const {
  if (db_ == nullptr) return jobs_before_;
  const engine::Stats stats = db_->GetStats();
  return jobs_before_ + stats.flushes + stats.compactions;
}

absl::StatusCode EngineStore::Reopen() {
  for (Pin& pin : pins_) {
    pin.code = absl::StatusCode::kNotFound;
    pin.value.Reset();
  }
  if (db_ != nullptr) {
    jobs_before_ = jobs();
    // Every other time without Close: destruction must do as well.
    if (openings_ % 2 == 0) {
      const absl::Status closed = db_->Close();
      if (!closed.ok()) {
        open_error_ = "Close: " + closed.ToString();
        return closed.code();
      }
    }
    db_.reset();
  }
  auto db = engine::DB::Open(options_[openings_++ % options_.size()], path_);
  if (db.ok()) {
    db_ = *std::move(db);
  } else {
    open_error_ = db.status().ToString();
  }
  return db.status().code();
}

}  // namespace lsmkv::model
