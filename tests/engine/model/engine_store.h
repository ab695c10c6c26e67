// EngineStore: the engine behind the interface that it shares with the model.

#ifndef LSMKV_TESTS_ENGINE_MODEL_ENGINE_STORE_H_
#define LSMKV_TESTS_ENGINE_MODEL_ENGINE_STORE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsmkv/engine/db.h"
#include "tests/engine/model/store.h"

namespace lsmkv::model {

class EngineStore final : public Store {
 public:
  // The n-th opening uses the n-th of `options`, and begins again after the
  // last. Their environments must be one, and outlive the store.
  EngineStore(std::vector<engine::Options> options, std::string path);
  ~EngineStore() override;

  Written Write(const std::vector<Change>& changes,
                std::optional<engine::Durability> durability) override;
  void WriteAsync(const std::vector<Change>& changes,
                  std::optional<engine::Durability> durability) override;
  std::vector<Written> TakeAnswers() override;
  Found Get(const View& view, std::string_view key, int pin_slot) override;
  Found Pinned(int pin_slot) override;
  std::unique_ptr<Cursor> NewCursor(const View& view) override;
  std::shared_ptr<Moment> TakeMoment() override;
  absl::StatusCode Flush() override;
  absl::StatusCode Compact(std::string_view begin,
                           std::string_view end) override;
  absl::StatusCode SyncWal() override;
  absl::StatusCode Reopen() override;

  std::string open_error() const override { return open_error_; }
  uint64_t jobs() const override;

 private:
  class AsyncWrites;
  struct Pin {
    absl::StatusCode code = absl::StatusCode::kNotFound;
    engine::PinnedValue value;
  };

  const std::vector<engine::Options> options_;
  const std::string path_;
  size_t openings_ = 0;
  std::unique_ptr<engine::DB> db_;
  // The last goes first: pinned values need the store.
  std::unique_ptr<AsyncWrites> async_;
  std::array<Pin, kPinSlots> pins_;
  std::string open_error_;
  uint64_t jobs_before_ = 0;  // this opening
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_ENGINE_STORE_H_
