// What a script of the model test is made of: operations as data, so that the
// same list can run on any store, be printed, and be made shorter.

#ifndef LSMKV_TESTS_ENGINE_MODEL_OPERATION_H_
#define LSMKV_TESTS_ENGINE_MODEL_OPERATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lsmkv/engine/options.h"

namespace lsmkv::model {

// One entry of a batch.
struct Change {
  enum Kind : uint8_t { kPut, kDelete, kDeleteRange };
  Kind kind = kPut;
  std::string key;
  std::string value;  // the end, for kDeleteRange
};

enum class OpKind : uint8_t {
  kWrite,         // `changes` as one batch
  kWriteAsync,    // the same; answered before the next that is no write
  kGet,           // `key`
  kPin,           // `key` into the pinned value `slot`
  kReadPinned,    // the pinned value `slot` again
  kWalk,          // a new iterator: `start`, then `moves`
  kOpenIterator,  // into the iterator `slot`; walks as above
  kMoveIterator,  // the iterator `slot` walks on, from `start` if it has one
  kCloseIterator,
  kTakeSnapshot,  // into the snapshot `slot`
  kDropSnapshot,
  kFlush,
  kCompact,  // [lower, upper], empty: no bound
  kSyncWal,
  kReopen,  // closes all slots
};

enum class Start : uint8_t { kHere, kFirst, kLast, kSeek, kSeekForPrev };

struct Operation {
  OpKind kind = OpKind::kGet;
  // A slot that is not in use makes the operation do nothing, so that any part
  // of a script is a script.
  int slot = 0;
  // Reads see the snapshot in this slot, or if there is none, all.
  int snapshot = -1;
  bool fill_cache = true;
  std::optional<engine::Durability> durability;
  std::vector<Change> changes;
  std::string key;
  std::string lower;
  std::string upper;
  Start start = Start::kHere;
  std::string moves;  // '>' Next, '<' Prev; ends where the records end
};

using Script = std::vector<Operation>;

// For people: the kind, the slots, keys and sizes in C escapes.
std::string Describe(const Operation& operation);

// `bytes` in C escapes and cut to a line's length.
std::string Quote(std::string_view bytes);

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_OPERATION_H_
