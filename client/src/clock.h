// Clock: time and sleep, so that tests of retries take none.

#ifndef LSMKV_CLIENT_SRC_CLOCK_H_
#define LSMKV_CLIENT_SRC_CLOCK_H_

#include <chrono>

namespace lsmkv::client {

class Clock {
 public:
  virtual ~Clock() = default;
  // For durations: never goes back.
  virtual std::chrono::steady_clock::time_point Now() const = 0;
  // For deadlines handed to gRPC, which takes wall time.
  virtual std::chrono::system_clock::time_point WallNow() const = 0;
  virtual void SleepFor(std::chrono::milliseconds duration) = 0;

  // The system's. Never destroyed.
  static Clock* System();
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_CLOCK_H_
