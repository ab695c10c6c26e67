// Searching sorted arrays of KeyPrefix integers, and comparing the starts of
// keys.

#ifndef LSMKV_ENGINE_SRC_TABLE_KEY_SEARCH_H_
#define LSMKV_ENGINE_SRC_TABLE_KEY_SEARCH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lsmkv::engine {

// The number of elements less than `value` in a sorted array. The loop has no
// branch that depends on the data.
inline size_t CountLess(const uint64_t* sorted, size_t n, uint64_t value) {
  if (n == 0) return 0;
  const uint64_t* base = sorted;
  while (n > 1) {
    const size_t half = n / 2;
    base += static_cast<size_t>(base[half - 1] < value) * half;
    n -= half;
  }
  return static_cast<size_t>(base - sorted) +
         static_cast<size_t>(*base < value);
}

// Sorted integers that are searched where they are not in the processor's
// caches. Beside them stands the first of every run of 16: these are searched
// first, and then one run is read, two or three lines at once, where halving
// all of them would wait for five lines one after another.
class SortedRuns {
 public:
  void Reserve(size_t n) {
    values_.reserve(RunsOf(n) * kRunElements);
    firsts_.reserve(RunsOf(n));
  }
  // False, and nothing is done, if `value` is less than the last one.
  bool Add(uint64_t value) {
    if (size_ > 0 && value < values_[size_ - 1]) return false;
    if (size_ == values_.size()) {
      // What fills up a run is less than nothing.
      values_.resize(size_ + kRunElements, UINT64_MAX);
      firsts_.push_back(value);
    }
    values_[size_++] = value;
    return true;
  }
  uint64_t operator[](size_t i) const { return values_[i]; }
  size_t size() const { return size_; }
  size_t memory_bytes() const {
    return (values_.capacity() + firsts_.capacity()) * sizeof(uint64_t);
  }

  // The number of elements less than `value`.
  size_t CountLess(uint64_t value) const {
    const size_t runs =
        engine::CountLess(firsts_.data(), firsts_.size(), value);
    if (runs == 0) return 0;
    const size_t begin = (runs - 1) * kRunElements;
    size_t less = 0;
    for (size_t i = 0; i < kRunElements; ++i) {
      less += static_cast<size_t>(values_[begin + i] < value);
    }
    return begin + less;
  }

 private:
  static constexpr size_t kRunElements = 16;
  static size_t RunsOf(size_t n) {
    return (n + kRunElements - 1) / kRunElements;
  }

  std::vector<uint64_t> values_;  // whole runs
  std::vector<uint64_t> firsts_;
  size_t size_ = 0;
};

inline size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_KEY_SEARCH_H_
