// Store: what the model and the engine have in common, so that one executor
// runs a script on either.

#ifndef LSMKV_TESTS_ENGINE_MODEL_STORE_H_
#define LSMKV_TESTS_ENGINE_MODEL_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "lsmkv/engine/options.h"
#include "tests/engine/model/operation.h"

namespace lsmkv::model {

// What a write answers: a code, and a version if the code is OK.
struct Written {
  absl::StatusCode code = absl::StatusCode::kOk;
  uint64_t version = 0;
};

// What a read answers.
struct Found {
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string_view value;  // lives until the next read into the same slot
  uint64_t version = 0;
};

// A snapshot.
class Moment {
 public:
  virtual ~Moment() = default;
  virtual uint64_t version() const = 0;
};

struct View {
  std::shared_ptr<Moment> moment;  // null: now
  bool fill_cache = true;
  std::string_view lower;
  std::string_view upper;
};

// An iterator, with the engine's rules.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool Valid() const = 0;
  virtual void SeekToFirst() = 0;
  virtual void SeekToLast() = 0;
  virtual void Seek(std::string_view key) = 0;
  virtual void SeekForPrev(std::string_view key) = 0;
  virtual void Next() = 0;
  virtual void Prev() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual uint64_t version() const = 0;
  virtual absl::StatusCode code() const = 0;
};

class Store {
 public:
  static constexpr int kPinSlots = 8;

  virtual ~Store() = default;
  virtual Written Write(const std::vector<Change>& changes,
                        std::optional<engine::Durability> durability) = 0;
  virtual void WriteAsync(const std::vector<Change>& changes,
                          std::optional<engine::Durability> durability) = 0;
  // The answers to all WriteAsync since the last call, in their order.
  virtual std::vector<Written> TakeAnswers() = 0;
  // Keeps the value in `pin_slot`; the last slot is for values not kept.
  virtual Found Get(const View& view, std::string_view key, int pin_slot) = 0;
  // What Get left in the slot.
  virtual Found Pinned(int pin_slot) = 0;
  virtual std::unique_ptr<Cursor> NewCursor(const View& view) = 0;
  virtual std::shared_ptr<Moment> TakeMoment() = 0;
  virtual absl::StatusCode Flush() = 0;
  virtual absl::StatusCode Compact(std::string_view begin,
                                   std::string_view end) = 0;
  virtual absl::StatusCode SyncWal() = 0;
  // Cursors and moments must be gone. Lets go of the pinned values.
  virtual absl::StatusCode Reopen() = 0;
  // Why Reopen failed.
  virtual std::string open_error() const { return ""; }
  // Flushes and compactions so far, those not asked for among them.
  virtual uint64_t jobs() const { return 0; }
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_STORE_H_
