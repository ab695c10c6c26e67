// ScheduledEnv: a disk inside a SimScheduler. Every operation is a place where
// another thread may go on, takes some of the scheduler's time, and is logged
// with its path, its size and how it ended. The clocks are the scheduler's.
//
// Threads: those of the scheduler. The disk must not be used by others.

#ifndef LSMKV_TESTS_SUPPORT_SCHEDULED_ENV_H_
#define LSMKV_TESTS_SUPPORT_SCHEDULED_ENV_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/src/util/status.h"
#include "tests/support/env_wrapper.h"
#include "tests/support/sim_scheduler.h"

namespace lsmkv {

class ScheduledEnv : public EnvWrapper {
 public:
  // One in `slow_one_in` operations takes long.
  ScheduledEnv(engine::Env* disk, SimScheduler* scheduler, uint64_t slow_one_in)
      : EnvWrapper(disk), scheduler_(scheduler), slow_one_in_(slow_one_in) {}

  // Calls `then` once the n-th operation of that name from now on has taken
  // effect, before it returns. n = 0: never.
  void AfterNth(const char* what, uint64_t n, std::function<void()> then) {
    watched_ = {what, n, std::move(then)};
  }

  absl::StatusOr<std::unique_ptr<engine::RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) override;
  absl::StatusOr<std::unique_ptr<engine::WritableFile>> NewWritableFile(
      const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> ListDir(
      const std::string& path) override;
  absl::StatusOr<bool> FileExists(const std::string& path) override;
  absl::StatusOr<uint64_t> FileSize(const std::string& path) override;
  absl::Status CreateDir(const std::string& path) override;
  absl::Status SyncDir(const std::string& path) override;
  absl::Status RemoveFile(const std::string& path) override;
  absl::Status RenameFile(const std::string& from,
                          const std::string& to) override;
  absl::StatusOr<std::unique_ptr<engine::FileLock>> LockFile(
      const std::string& path) override;
  absl::StatusOr<uint64_t> FreeSpaceBytes(const std::string& path) override;
  uint64_t MonotonicMicros() override { return scheduler_->NowMicros(); }
  uint64_t WallMicros() override;
  void SleepMicros(uint64_t micros) override {
    scheduler_->SleepMicros(micros);
  }
  uint64_t RandomBits() override;

 private:
  class ReadFile;
  class WriteFile;

  static const absl::Status& StatusOf(const absl::Status& s) { return s; }
  template <typename T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  // Does `operation`, in one step as the other threads see it.
  template <typename Operation>
  auto Do(const char* what, const std::string& path, uint64_t size,
          Operation operation) {
    scheduler_->Pass(what);
    // Slow before or after: nobody knows when it took effect.
    const bool slow = scheduler_->rng()->OneIn(slow_one_in_);
    const bool slow_before = slow && scheduler_->rng()->OneIn(2);
    if (slow_before) BeSlow();
    auto result = [&] {
      const SimScheduler::Hold hold(scheduler_);
      auto done = operation();
      Watch(what);
      return done;
    }();
    scheduler_->AdvanceMicros(scheduler_->rng()->Uniform(20));
    scheduler_->Note(what, engine::Concat(path, " ", size, " = ",
                                          int{StatusOf(result).raw_code()}));
    if (slow && !slow_before) BeSlow();
    return result;
  }
  void BeSlow();
  void Watch(const char* what) {
    if (watched_.left == 0 || watched_.what != what) return;
    if (--watched_.left == 0) watched_.then();
  }

  SimScheduler* const scheduler_;
  const uint64_t slow_one_in_;
  struct {
    std::string_view what;
    uint64_t left = 0;
    std::function<void()> then;
  } watched_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SCHEDULED_ENV_H_
