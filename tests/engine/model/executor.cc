#include "tests/engine/model/executor.h"

#include <utility>

#include "engine/src/util/hash.h"

namespace lsmkv::model {

uint64_t Executor::Run(const Operation& operation) {
  switch (operation.kind) {
    case OpKind::kWrite:
      operations_ += operation.changes.size();
      Answer(store_->Write(operation.changes, operation.durability));
      return hash_;
    case OpKind::kWriteAsync:
      operations_ += operation.changes.size();
      store_->WriteAsync(operation.changes, operation.durability);
      return hash_;
    default:
      break;
  }
  for (const Written& written : store_->TakeAnswers()) Answer(written);
  RunRead(operation);
  return hash_;
}

void Executor::RunRead(const Operation& operation) {
  const auto slot = static_cast<size_t>(operation.slot);
  switch (operation.kind) {
    case OpKind::kGet:
      ++operations_;
      return Answer(store_->Get(MakeView(operation), operation.key,
                                Store::kPinSlots - 1));
    case OpKind::kPin:
      ++operations_;
      return Answer(
          store_->Get(MakeView(operation), operation.key, operation.slot));
    case OpKind::kReadPinned:
      return Answer(store_->Pinned(operation.slot));
    case OpKind::kWalk: {
      const auto cursor = store_->NewCursor(MakeView(operation));
      return Walk(operation, cursor.get());
    }
    case OpKind::kOpenIterator:
      cursors_[slot] = store_->NewCursor(MakeView(operation));
      return Walk(operation, cursors_[slot].get());
    case OpKind::kMoveIterator:
      if (cursors_[slot]) Walk(operation, cursors_[slot].get());
      return;
    case OpKind::kCloseIterator:
      cursors_[slot].reset();
      return;
    default:
      return RunUpkeep(operation);
  }
}

void Executor::RunUpkeep(const Operation& operation) {
  const auto slot = static_cast<size_t>(operation.slot);
  switch (operation.kind) {
    case OpKind::kTakeSnapshot:
      moments_[slot] = store_->TakeMoment();
      return Answer("snapshot", moments_[slot]->version());
    case OpKind::kDropSnapshot:
      moments_[slot].reset();
      return;
    case OpKind::kFlush:
      return Answer(store_->Flush());
    case OpKind::kCompact:
      return Answer(store_->Compact(operation.lower, operation.upper));
    case OpKind::kSyncWal:
      return Answer(store_->SyncWal());
    default:
      cursors_ = {};
      moments_ = {};
      return Answer(store_->Reopen());
  }
}

View Executor::MakeView(const Operation& operation) const {
  View view;
  view.fill_cache = operation.fill_cache;
  view.lower = operation.lower;
  view.upper = operation.upper;
  if (operation.snapshot >= 0) {
    view.moment = moments_[static_cast<size_t>(operation.snapshot)];
  }
  return view;
}

void Executor::Walk(const Operation& operation, Cursor* cursor) {
  switch (operation.start) {
    case Start::kHere:
      break;
    case Start::kFirst:
      cursor->SeekToFirst();
      break;
    case Start::kLast:
      cursor->SeekToLast();
      break;
    case Start::kSeek:
      cursor->Seek(operation.key);
      break;
    case Start::kSeekForPrev:
      cursor->SeekForPrev(operation.key);
      break;
  }
  if (operation.start != Start::kHere) ++operations_;
  Answer(*cursor);
  for (const char move : operation.moves) {
    if (!cursor->Valid()) return;
    ++operations_;
    if (move == '>') {
      cursor->Next();
    } else {
      cursor->Prev();
    }
    Answer(*cursor);
  }
}

void Executor::Answer(const Written& written) {
  Answer(written.code);
  if (written.code == absl::StatusCode::kOk) {
    Answer("version", written.version);
  }
}

void Executor::Answer(const Found& found) {
  Answer(found.code);
  if (found.code != absl::StatusCode::kOk) return;
  Answer("value", found.value);
  Answer("version", found.version);
}

void Executor::Answer(const Cursor& cursor) {
  Answer(cursor.code());
  if (!cursor.Valid()) return Answer("end", uint64_t{0});
  Answer("key", cursor.key());
  Answer("value", cursor.value());
  Answer("version", cursor.version());
}

void Executor::Answer(absl::StatusCode code) {
  if (trace_ != nullptr && code != absl::StatusCode::kOk) {
    *trace_ += " " + absl::StatusCodeToString(code);
  }
  hash_ = engine::Hash64({}, hash_ + static_cast<uint64_t>(code) + 1);
}

void Executor::Answer(std::string_view what, std::string_view bytes) {
  if (trace_ != nullptr) *trace_ += " " + std::string(what) + Quote(bytes);
  hash_ = engine::Hash64(bytes, hash_);
}

void Executor::Answer(std::string_view what, uint64_t number) {
  if (trace_ != nullptr) {
    *trace_ += " " + std::string(what) + "=" + std::to_string(number);
  }
  hash_ = engine::Hash64({}, hash_ ^ (number * 0x9e3779b97f4a7c15u));
}

}  // namespace lsmkv::model
