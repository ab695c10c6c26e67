// ModelStore: the store as it is meant to be, in memory and as plainly as can
// be: all versions of every key, oldest first.

#ifndef LSMKV_TESTS_ENGINE_MODEL_MODEL_STORE_H_
#define LSMKV_TESTS_ENGINE_MODEL_MODEL_STORE_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsmkv/engine/options.h"
#include "tests/engine/model/store.h"

namespace lsmkv::model {

class ModelStore final : public Store {
 public:
  ModelStore(size_t key_bytes_max, size_t value_bytes_max)
      : key_bytes_max_(key_bytes_max), value_bytes_max_(value_bytes_max) {}

  Written Write(const std::vector<Change>& changes,
                std::optional<engine::Durability> durability) override;
  void WriteAsync(const std::vector<Change>& changes,
                  std::optional<engine::Durability> durability) override;
  std::vector<Written> TakeAnswers() override;
  Found Get(const View& view, std::string_view key, int pin_slot) override;
  Found Pinned(int pin_slot) override;
  std::unique_ptr<Cursor> NewCursor(const View& view) override;
  std::shared_ptr<Moment> TakeMoment() override;
  absl::StatusCode Flush() override { return absl::StatusCode::kOk; }
  absl::StatusCode Compact(std::string_view, std::string_view) override {
    return absl::StatusCode::kOk;
  }
  absl::StatusCode SyncWal() override { return absl::StatusCode::kOk; }
  absl::StatusCode Reopen() override;

 private:
  class ModelCursor;

  struct Version {
    uint64_t number;
    std::optional<std::string> value;  // nullopt: deleted
  };
  // Old versions stay until Reopen, when nobody can see them any more.
  using Records = std::map<std::string, std::vector<Version>, std::less<>>;

  struct Pin {
    absl::StatusCode code = absl::StatusCode::kNotFound;
    std::string value;
    uint64_t version = 0;
  };

  static constexpr size_t kNone = SIZE_MAX;

  // Which of the versions is seen at `number`, or kNone if no record is.
  static size_t VisibleAt(const std::vector<Version>& versions,
                          uint64_t number);
  bool IsAllowed(const Change& change) const;
  void Apply(const Change& change);

  const size_t key_bytes_max_;
  const size_t value_bytes_max_;
  Records records_;
  uint64_t last_version_ = 0;
  std::vector<Written> answers_;
  std::array<Pin, kPinSlots> pins_;
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_MODEL_STORE_H_
