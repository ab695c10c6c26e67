// BodyBudget: how many bytes of request bodies a server holds; CountedBody: a
// body that counts against one.

#ifndef LSMKV_SERVICE_HTTP_BODY_BUDGET_H_
#define LSMKV_SERVICE_HTTP_BODY_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace lsmkv::service {

// Threads: safe for concurrent use.
class BodyBudget {
 public:
  explicit BodyBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // False, and nothing taken, where that would pass the maximum.
  bool Take(uint64_t bytes) {
    // Only a count: it orders nothing.
    const uint64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= bytes_max_) return true;
    Give(bytes);
    return false;
  }
  void Give(uint64_t bytes) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

 private:
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_{0};
};

// Gives its bytes back when it is cleared or destroyed, not when `data` is
// moved away: whoever took the data still holds it.
class CountedBody {
 public:
  CountedBody() = default;
  ~CountedBody() { Clear(); }
  CountedBody(const CountedBody&) = delete;
  CountedBody& operator=(const CountedBody&) = delete;

  // `budget` must outlive the body.
  void set_budget(BodyBudget* budget) { budget_ = budget; }

  // False where the budget is used up.
  bool Append(std::string_view bytes) {
    if (!budget_->Take(bytes.size())) return false;
    counted_bytes_ += bytes.size();
    data.append(bytes);
    return true;
  }
  void Clear() {
    if (counted_bytes_ > 0) budget_->Give(counted_bytes_);
    counted_bytes_ = 0;
    data = std::string();
  }

  std::string data;

 private:
  BodyBudget* budget_ = nullptr;
  uint64_t counted_bytes_ = 0;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_HTTP_BODY_BUDGET_H_
