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

// The same in an array that is searched where it is not in the processor's
// caches: `firsts` has the first of every run of kRunElements, and of the array
// itself one run is read, two or three lines at once, where halving it all
// would wait for five of them one after another. REQUIRES: the array is filled
// up to whole runs with UINT64_MAX.
inline constexpr size_t kRunElements = 16;
inline size_t CountLess(const std::vector<uint64_t>& firsts,
                        const uint64_t* sorted, uint64_t value) {
  const size_t runs = CountLess(firsts.data(), firsts.size(), value);
  if (runs == 0) return 0;
  const size_t begin = (runs - 1) * kRunElements;
  size_t less = 0;
  for (size_t i = 0; i < kRunElements; ++i) {
    less += static_cast<size_t>(sorted[begin + i] < value);
  }
  return begin + less;
}

inline size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && a[i] == b[i]) ++i;
  return i;
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_KEY_SEARCH_H_
