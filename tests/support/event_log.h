// EventLog: what happened in a simulated run, in order. Two runs of one seed
// must have the same hash; where they do not, Difference tells where they part.
//
// Threads: one at a time.

#ifndef LSMKV_TESTS_SUPPORT_EVENT_LOG_H_
#define LSMKV_TESTS_SUPPORT_EVENT_LOG_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lsmkv {

class EventLog {
 public:
  // `what` lives for ever. All four go into the hash; of `detail` the first
  // bytes are kept to be shown.
  void Add(uint64_t micros, uint32_t thread, const char* what,
           std::string_view detail = {});

  uint64_t hash() const { return hash_; }
  uint64_t size() const { return size_; }

  // The last `n` events, one a line.
  std::string Tail(size_t n) const;
  // The first event in which the two differ and what led to it; "" if none of
  // those kept does.
  static std::string Difference(const EventLog& a, const EventLog& b);

 private:
  static constexpr size_t kKept = size_t{1} << 17;

  struct Event {
    uint64_t hash;  // of all up to this
    uint64_t micros;
    const char* what;
    uint32_t thread;
    std::array<char, 44> detail;  // ends with a zero
  };

  const Event& At(uint64_t i) const { return events_[i % kKept]; }
  std::string Lines(uint64_t begin, uint64_t end) const;

  uint64_t hash_ = 0;
  uint64_t size_ = 0;
  std::vector<Event> events_;  // the last kKept
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_EVENT_LOG_H_
