// FakeClock: an Env with a clock that moves only when a test moves it. Files
// and locks are those of the wrapped Env.
//
// SleepMicros returns at once, having moved both clocks by what was asked.
// Thread-safe.

#ifndef LSMKV_TESTS_SUPPORT_FAKE_CLOCK_H_
#define LSMKV_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "tests/support/env_wrapper.h"

namespace lsmkv {

class FakeClock : public EnvWrapper {
 public:
  static constexpr uint64_t kSecond = 1'000'000;
  // 2024-01-01 00:00:00 UTC.
  static constexpr uint64_t kDefaultWallMicros = 1'704'067'200 * kSecond;

  explicit FakeClock(engine::Env* target) : EnvWrapper(target) {}

  // Moves both clocks forward.
  void AdvanceMicros(uint64_t micros) {
    monotonic_micros_.fetch_add(micros);
    wall_micros_.fetch_add(micros);
  }
  void AdvanceSeconds(uint64_t seconds) { AdvanceMicros(seconds * kSecond); }

  // Sets the wall clock alone, as an operator may; it may go back.
  void SetWallMicros(uint64_t micros) { wall_micros_.store(micros); }

  // The sum of all that was asked of SleepMicros.
  uint64_t slept_micros() const { return slept_micros_.load(); }

  uint64_t MonotonicMicros() override { return monotonic_micros_.load(); }
  uint64_t WallMicros() override { return wall_micros_.load(); }
  void SleepMicros(uint64_t micros) override {
    slept_micros_.fetch_add(micros);
    AdvanceMicros(micros);
  }

 private:
  // Each stands alone: no reader draws a conclusion from two of them.
  std::atomic<uint64_t> monotonic_micros_{kSecond};
  std::atomic<uint64_t> wall_micros_{kDefaultWallMicros};
  std::atomic<uint64_t> slept_micros_{0};
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_FAKE_CLOCK_H_
