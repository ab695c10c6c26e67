// Backoff: how long to wait between two tries of what lacks room.
//
// The first try comes at once, since much that fails so is over in a moment
// (another process had all the descriptors). A success starts it anew only if
// it lasts: what fails again at once goes on where it was.
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_DB_BACKOFF_H_
#define LSMKV_ENGINE_SRC_DB_BACKOFF_H_

#include <algorithm>
#include <cstdint>
#include <optional>

namespace lsmkv::engine {

class Backoff {
 public:
  explicit Backoff(uint64_t micros_max) : micros_max_(micros_max) {}

  // The wait before the next try, after a failure.
  uint64_t Failed(uint64_t now_micros) {
    if (succeeded_at_ && now_micros - *succeeded_at_ >= kLastingMicros) {
      next_micros_ = 0;
    }
    succeeded_at_.reset();
    const uint64_t wait = next_micros_;
    next_micros_ = std::min(std::max(2 * wait, kMicrosMin), micros_max_);
    return wait;
  }
  void Succeeded(uint64_t now_micros) { succeeded_at_ = now_micros; }

 private:
  static constexpr uint64_t kMicrosMin = 50'000;
  static constexpr uint64_t kLastingMicros = 1'000'000;

  const uint64_t micros_max_;
  uint64_t next_micros_ = 0;
  std::optional<uint64_t> succeeded_at_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_BACKOFF_H_
