// FakeClock: the client's clock, moved only by a test and by sleeps.

#ifndef LSMKV_TESTS_CLIENT_FAKE_CLOCK_H_
#define LSMKV_TESTS_CLIENT_FAKE_CLOCK_H_

#include <chrono>
#include <vector>

#include "client/src/clock.h"

namespace lsmkv::client {

class FakeClock : public Clock {
 public:
  std::chrono::steady_clock::time_point Now() const override {
    return std::chrono::steady_clock::time_point() + elapsed_;
  }
  std::chrono::system_clock::time_point WallNow() const override {
    return wall_start() + elapsed_;
  }
  void SleepFor(std::chrono::milliseconds duration) override {
    sleeps.push_back(duration);
    Advance(duration);
  }
  void Advance(std::chrono::milliseconds duration) { elapsed_ += duration; }

  // 2024-01-01 00:00:00 UTC.
  static std::chrono::system_clock::time_point wall_start() {
    return std::chrono::system_clock::from_time_t(1704067200);
  }

  std::vector<std::chrono::milliseconds> sleeps;

 private:
  std::chrono::milliseconds elapsed_{1000};
};

}  // namespace lsmkv::client

#endif  // LSMKV_TESTS_CLIENT_FAKE_CLOCK_H_
