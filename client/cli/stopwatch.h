#ifndef LSMKV_CLIENT_CLI_STOPWATCH_H_
#define LSMKV_CLIENT_CLI_STOPWATCH_H_

#include <chrono>

namespace lsmkv::cli {

// Time since it was made.
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_STOPWATCH_H_
