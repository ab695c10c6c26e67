// How much a test that counts its work should do, and what it did.
//
// The full counts are for the plain build. Sanitizers cost five to twenty times
// as much per step, and find what they look for with fewer; ThreadSanitizer
// looks for what hardly depends on the data at all.
// LSMKV_TEST_SCALE (a decimal number) multiplies all counts: 10 for a long
// run, 0.1 for a quick look.

#ifndef LSMKV_TESTS_SUPPORT_TEST_SCALE_H_
#define LSMKV_TESTS_SUPPORT_TEST_SCALE_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace lsmkv {

// 1 in the plain build, where the counts that are promised hold.
inline double TestScale() {
#if defined(LSMKV_THREAD_SANITIZER)
  double scale = 0.03;
#elif defined(LSMKV_REDUCED_TESTS)
  double scale = 0.1;
#else
  double scale = 1;
#endif
  if (const char* given = std::getenv("LSMKV_TEST_SCALE")) {
    scale *= std::strtod(given, nullptr);
  }
  return scale;
}

// `count` at this build's scale; at least 1.
inline uint64_t Scaled(uint64_t count) {
  const double scaled = static_cast<double>(count) * TestScale();
  return std::max<uint64_t>(1, static_cast<uint64_t>(scaled));
}

// Says how much was done, in a form that scripts can add up.
inline void ReportCount(const std::string& what, uint64_t count) {
  std::printf("count: %s = %llu\n", what.c_str(),
              static_cast<unsigned long long>(count));
}

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_TEST_SCALE_H_
