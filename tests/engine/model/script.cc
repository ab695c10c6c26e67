#include "tests/engine/model/script.h"

#include <string>
#include <utility>

#include "tests/engine/model/executor.h"
#include "tests/engine/model/store.h"
#include "tests/support/random_seed.h"

namespace lsmkv::model {
namespace {

class ScriptMaker {
 public:
  ScriptMaker(const Shape& shape, uint64_t seed) : shape_(shape), rng_(seed) {}

  Script Make(size_t length) {
    Script script;
    script.push_back(Upkeep(OpKind::kReopen));
    while (script.size() < length) script.push_back(Next());
    script.push_back(Upkeep(OpKind::kReopen));
    for (const bool forward : {true, false}) {
      Operation walk;
      walk.kind = OpKind::kWalk;
      walk.start = forward ? Start::kFirst : Start::kLast;
      walk.moves.assign(length, forward ? '>' : '<');
      script.push_back(std::move(walk));
    }
    return script;
  }

 private:
  Operation Next() {
    const uint64_t kind = rng_.Uniform(1000);
    if (kind < 400) return Write();
    if (kind < 650) return Read();
    if (kind < 790) return Walk();
    if (kind < 960) return KeptIterator();
    if (kind < 980) return Snapshot();
    if (kind < 994) return Write();
    return Upkeep();
  }

  // A key the script writes, or in between, or none that is there.
  std::string AnyKey() {
    std::string key = shape_.key(&rng_);
    if (rng_.OneIn(8) && key.size() < kKeyBytesMax) key += '\0';
    return key;
  }

  Change MakeChange() {
    const uint64_t kind = rng_.Uniform(100);
    Change change;
    change.key = shape_.key(&rng_);
    if (kind < 68) {
      change.value = shape_.value(&rng_);
    } else if (kind < 97) {
      change.kind = Change::kDelete;
    } else {
      change.kind = Change::kDeleteRange;
      change.value = AnyKey();
      if (change.value < change.key) std::swap(change.key, change.value);
      if (change.value == change.key) change.kind = Change::kDelete;
    }
    return change;
  }

  // Refused, with the whole batch.
  Change MakeBadChange() {
    Change change;
    switch (rng_.Uniform(4)) {
      case 0:
        break;  // no key
      case 1:
        change.key.assign(kKeyBytesMax + 1, 'k');
        break;
      case 2:
        change.key = shape_.key(&rng_);
        change.value.assign(kValueBytesMax + 1, 'v');
        break;
      default:  // an empty range, or one that ends before it begins
        change.kind = Change::kDeleteRange;
        change.key = shape_.key(&rng_);
        change.value = rng_.OneIn(2) ? change.key : change.key.substr(1);
        if (change.value > change.key) std::swap(change.key, change.value);
        break;
    }
    return change;
  }

  Operation Write() {
    Operation write;
    write.kind = rng_.OneIn(4) ? OpKind::kWriteAsync : OpKind::kWrite;
    static constexpr engine::Durability kDurabilities[] = {
        engine::Durability::kSync, engine::Durability::kInterval,
        engine::Durability::kOs};
    if (rng_.OneIn(20)) write.durability = kDurabilities[rng_.Uniform(3)];
    uint64_t count = 1;
    if (rng_.OneIn(6)) count = 1 + rng_.Uniform(12);
    if (rng_.OneIn(400)) count = 100 + rng_.Uniform(500);
    for (uint64_t i = 0; i < count; ++i) write.changes.push_back(MakeChange());
    if (rng_.OneIn(100)) write.changes.push_back(MakeBadChange());
    return write;
  }

  void SetView(Operation* read) {
    if (rng_.OneIn(3)) read->snapshot = Slot();
    read->fill_cache = !rng_.OneIn(4);
  }

  // Now and then empty, or the wrong way round: nothing is within.
  void SetBounds(Operation* read) {
    if (rng_.OneIn(3)) read->lower = AnyKey();
    if (rng_.OneIn(3)) read->upper = AnyKey();
    if (rng_.OneIn(20)) read->upper = read->lower;
    if (read->upper < read->lower && !rng_.OneIn(4)) {
      std::swap(read->lower, read->upper);
    }
  }

  int Slot() { return static_cast<int>(rng_.Uniform(Executor::kSlots)); }

  Operation Read() {
    Operation read;
    if (rng_.OneIn(8)) {
      read.kind = rng_.OneIn(2) ? OpKind::kPin : OpKind::kReadPinned;
      read.slot = static_cast<int>(rng_.Uniform(Store::kPinSlots - 1));
    }
    SetView(&read);
    if (!rng_.OneIn(200)) read.key = AnyKey();
    return read;
  }

  void SetMoves(Operation* walk, uint64_t longest) {
    const uint64_t count = rng_.Uniform(longest);
    switch (rng_.Uniform(3)) {
      case 0:
        walk->moves.assign(static_cast<size_t>(count), '>');
        return;
      case 1:
        walk->moves.assign(static_cast<size_t>(count), '<');
        return;
      default:  // turns round at random
        for (uint64_t i = 0; i < count; ++i) {
          walk->moves += rng_.OneIn(2) ? '>' : '<';
        }
    }
  }

  Start AnyStart() {
    static constexpr Start kStarts[] = {
        Start::kFirst, Start::kLast,        Start::kSeek,       Start::kSeek,
        Start::kSeek,  Start::kSeekForPrev, Start::kSeekForPrev};
    return kStarts[rng_.Uniform(std::size(kStarts))];
  }

  Operation Walk() {
    Operation walk;
    walk.kind = OpKind::kWalk;
    SetView(&walk);
    if (rng_.OneIn(2)) SetBounds(&walk);
    walk.start = AnyStart();
    walk.key = AnyKey();
    SetMoves(&walk, rng_.OneIn(50) ? 1000 : 40);
    return walk;
  }

  Operation KeptIterator() {
    Operation walk = Walk();
    walk.slot = Slot();
    const uint64_t kind = rng_.Uniform(20);
    walk.kind = OpKind::kMoveIterator;
    if (kind < 3) walk.kind = OpKind::kOpenIterator;
    if (kind == 3) walk.kind = OpKind::kCloseIterator;
    if (walk.kind == OpKind::kMoveIterator && !rng_.OneIn(4)) {
      walk.start = Start::kHere;
    }
    return walk;
  }

  Operation Snapshot() {
    Operation snapshot;
    snapshot.kind =
        rng_.OneIn(3) ? OpKind::kDropSnapshot : OpKind::kTakeSnapshot;
    snapshot.slot = Slot();
    return snapshot;
  }

  static Operation Upkeep(OpKind kind) {
    Operation upkeep;
    upkeep.kind = kind;
    return upkeep;
  }

  Operation Upkeep() {
    const uint64_t kind = rng_.Uniform(20);
    if (kind < 7) return Upkeep(OpKind::kFlush);
    if (kind < 9) return Upkeep(OpKind::kSyncWal);
    if (kind < 13) return Upkeep(OpKind::kReopen);
    Operation compact = Upkeep(OpKind::kCompact);
    if (kind < 18) {
      compact.lower = AnyKey();
      if (rng_.OneIn(2)) compact.upper = AnyKey();
    }
    return compact;
  }

  const Shape& shape_;
  Random rng_;
};

}  // namespace

Script MakeScript(const Shape& shape, uint64_t seed, size_t length) {
  return ScriptMaker(shape, seed).Make(length);
}

}  // namespace lsmkv::model
