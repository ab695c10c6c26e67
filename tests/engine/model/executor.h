// Executor: runs a script on a store, and makes one number of all it answers.

#ifndef LSMKV_TESTS_ENGINE_MODEL_EXECUTOR_H_
#define LSMKV_TESTS_ENGINE_MODEL_EXECUTOR_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/engine/model/operation.h"
#include "tests/engine/model/store.h"

namespace lsmkv::model {

class Executor {
 public:
  static constexpr int kSlots = 6;  // of iterators, and of snapshots

  // `store` must be open and outlive the executor.
  explicit Executor(Store* store) : store_(store) {}

  // Runs it; returns a hash of every status, key, value and version that it
  // and all before it answered.
  uint64_t Run(const Operation& operation);

  // Puts, deletions, range deletions, reads, seeks and steps so far.
  uint64_t operations() const { return operations_; }

  // From now on, what is answered is written here as text too.
  void set_trace(std::string* trace) { trace_ = trace; }

 private:
  void RunRead(const Operation& operation);
  void RunUpkeep(const Operation& operation);
  void OpenIterator(const Operation& operation);
  View MakeView(const Operation& operation) const;
  void Walk(const Operation& operation, Cursor* cursor);
  void Answer(const Written& written);
  void Answer(const Found& found);
  void Answer(const Cursor& cursor);
  void Answer(absl::StatusCode code);
  void Answer(std::string_view what, std::string_view bytes);
  void Answer(std::string_view what, uint64_t number);

  Store* const store_;
  std::array<std::shared_ptr<Moment>, kSlots> moments_;
  std::array<std::unique_ptr<Cursor>, kSlots> cursors_;
  uint64_t hash_ = 0;
  uint64_t operations_ = 0;
  std::string* trace_ = nullptr;
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_EXECUTOR_H_
