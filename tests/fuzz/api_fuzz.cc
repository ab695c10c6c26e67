// The engine's API against a std::map: the input is a list of operations on a
// store over a simulated disk, with snapshots, iterators that turn around,
// flushes, compactions, reopenings, failing file operations and power cuts.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lsmkv/engine/db.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"

namespace lsmkv::fuzz {
namespace {

using engine::DB;
using engine::Durability;
using engine::Iterator;
using engine::ReadOptions;
using engine::Snapshot;

class Store {
 public:
  explicit Store(FuzzInput* in) : in_(in), options_(SmallOptions(&env_)) {
    options_.compression = static_cast<engine::Compression>(in->Below(3));
    options_.filter_bits_per_key = static_cast<int>(in->Below(2)) * 10;
    options_.block_cache_bytes = in->Bool() ? 0 : 64 << 10;
    Open();
  }

  void Run() {
    while (!in_->empty()) Step();
    CheckAll();
    FUZZ_CHECK(Verify(*db_) == 0);
    Reopen();
    CheckAll();
  }

 private:
  struct Moment {
    std::unique_ptr<Snapshot> snapshot;
    Model model;
  };

  void Step() {
    switch (in_->Below(16)) {
      case 0:
        return Reopen();
      case 1:
        return PowerCut();
      case 2:
        FUZZ_CHECK(db_->Flush().ok());
        return;
      case 3:
        return Compact();
      case 4:
        return TakeSnapshot();
      case 5:
        return CheckAll();
      case 6:
      case 7:
        return Walk();
      case 8:
      case 9:
        return CheckGet();
      default:
        return Write();
    }
  }

  void Open() {
    auto opened = DB::Open(options_, "/db");
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
    }
    FUZZ_CHECK(opened.ok());
    db_ = *std::move(opened);
  }

  void Reopen() {
    moments_.clear();
    FUZZ_CHECK(db_->Close().ok());
    db_.reset();
    Open();
    maybe_.assign(1, model_);
  }

  void Write() {
    engine::WriteBatch batch;
    for (size_t n = 1 + in_->Below(4); n > 0; --n) {
      AddOperation(in_, &batch, &model_);
    }
    engine::WriteOptions options;
    if (in_->Below(4) == 0) options.durability = Durability::kSync;
    FUZZ_CHECK(db_->Write(options, batch).ok());
    if (options.durability) maybe_.clear();
    maybe_.push_back(model_);
  }

  // What is left is the state after some write since the last durable one.
  // Half of the time the power goes while work is done.
  void PowerCut() {
    moments_.clear();
    if (in_->Bool()) {
      env_.CutPowerAfter(in_->Below(32));
      engine::WriteBatch batch;
      Model model = model_;
      for (size_t n = 1 + in_->Below(4); n > 0; --n) {
        AddOperation(in_, &batch, &model);
      }
      const bool sync = in_->Bool();
      engine::WriteOptions options;
      if (sync) options.durability = Durability::kSync;
      if (db_->Write(options, batch).ok() && sync) maybe_.clear();
      maybe_.push_back(std::move(model));
      db_->Flush().IgnoreError();
    }
    db_->Close().IgnoreError();
    db_.reset();
    env_.Crash(static_cast<CrashMode>(in_->Below(3)), in_->Number());
    Open();
    Model contents;
    FUZZ_CHECK(ReadBothWays(*db_, {}, &contents).ok());
    FUZZ_CHECK(std::find(maybe_.begin(), maybe_.end(), contents) !=
               maybe_.end());
    model_ = std::move(contents);
    maybe_.assign(1, model_);
  }

  void Compact() {
    std::string begin = in_->Key();
    std::string end = in_->Key();
    if (end < begin) std::swap(begin, end);
    std::optional<std::string_view> from;
    std::optional<std::string_view> to;
    if (in_->Bool()) from = begin;
    if (in_->Bool()) to = end;
    FUZZ_CHECK(db_->CompactRange(from, to).ok());
  }

  void TakeSnapshot() {
    if (moments_.size() == 4) {
      moments_.erase(moments_.begin() +
                     static_cast<ptrdiff_t>(in_->Below(moments_.size())));
    }
    moments_.push_back({db_->GetSnapshot(), model_});
  }

  // A moment to read at: now, or a snapshot.
  const Model& ChooseMoment(ReadOptions* options) {
    const size_t i = in_->Below(moments_.size() + 1);
    if (i == moments_.size()) return model_;
    options->snapshot = moments_[i].snapshot.get();
    return moments_[i].model;
  }

  void CheckGet() {
    ReadOptions options;
    const Model& model = ChooseMoment(&options);
    const std::string key = in_->Key();
    engine::PinnedValue value;
    const absl::Status status = db_->Get(options, key, &value);
    const auto expected = model.find(key);
    if (expected == model.end()) {
      FUZZ_CHECK(absl::IsNotFound(status));
    } else {
      FUZZ_CHECK(status.ok());
      FUZZ_CHECK(value.view() == expected->second);
    }
  }

  void CheckAll() {
    Model contents;
    FUZZ_CHECK(ReadBothWays(*db_, {}, &contents).ok());
    FUZZ_CHECK(contents == model_);
    for (const Moment& moment : moments_) {
      contents.clear();
      ReadOptions options;
      options.snapshot = moment.snapshot.get();
      FUZZ_CHECK(ReadBothWays(*db_, options, &contents).ok());
      FUZZ_CHECK(contents == moment.model);
    }
  }

  // An iterator that goes where the input says, beside one over the map.
  void Walk() {
    ReadOptions options;
    const Model& all = ChooseMoment(&options);
    std::string lower;
    std::string upper;
    if (in_->Bool()) lower = in_->Key();
    if (in_->Bool()) upper = in_->Key();
    options.lower_bound = lower;
    options.upper_bound = upper;
    options.fill_cache = in_->Bool();
    Model model;
    if (upper.empty() || lower < upper) {
      model.insert(all.lower_bound(lower),
                   upper.empty() ? all.end() : all.lower_bound(upper));
    }
    const auto it = db_->NewIterator(options);
    Model::const_iterator expected = model.end();
    for (size_t n = in_->Below(16); n > 0; --n) {
      Move(model, it.get(), &expected);
      FUZZ_CHECK(it->status().ok());
      FUZZ_CHECK(it->Valid() == (expected != model.end()));
      if (!it->Valid()) continue;
      FUZZ_CHECK(it->key() == expected->first);
      FUZZ_CHECK(it->value() == expected->second);
    }
  }

  void Move(const Model& model, Iterator* it, Model::const_iterator* expected) {
    const size_t kind = in_->Below(8);
    if (kind < 2 || !it->Valid()) {
      const std::string key = in_->Key();
      if (kind == 0) {
        it->Seek(key);
        *expected = model.lower_bound(key);
      } else if (kind == 1) {
        it->SeekForPrev(key);
        const auto after = model.upper_bound(key);
        *expected = after == model.begin() ? model.end() : std::prev(after);
      } else if (kind < 5) {
        it->SeekToFirst();
        *expected = model.begin();
      } else {
        it->SeekToLast();
        *expected = model.empty() ? model.end() : std::prev(model.end());
      }
    } else if (kind < 5) {
      it->Next();
      ++*expected;
    } else {
      it->Prev();
      *expected =
          *expected == model.begin() ? model.end() : std::prev(*expected);
    }
  }

  FuzzInput* const in_;
  SimEnv env_;
  engine::Options options_;
  std::unique_ptr<DB> db_;
  Model model_;
  // What the store may hold after a power cut now.
  std::vector<Model> maybe_ = {Model()};
  std::vector<Moment> moments_;
};

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  lsmkv::fuzz::Store(&in).Run();
  return 0;
}
