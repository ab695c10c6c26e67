// FuzzInput: reads decisions and bytes from the input of a fuzz target. Every
// input is valid: past the end everything is zero or empty.

#ifndef LSMKV_TESTS_FUZZ_FUZZ_INPUT_H_
#define LSMKV_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// What must hold whatever the input is. Ends the process, and so the fuzzer
// keeps the input.
#define FUZZ_CHECK(condition)                                                \
  do {                                                                       \
    if (!(condition)) [[unlikely]] {                                         \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                   #condition);                                              \
      std::abort();                                                          \
    }                                                                        \
  } while (false)

namespace lsmkv::fuzz {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  uint8_t Byte() {
    const std::string_view byte = Bytes(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  bool Bool() { return (Byte() & 1) != 0; }
  // In [0, n). REQUIRES: 0 < n <= 256.
  size_t Below(size_t n) { return Byte() % n; }
  // Mostly small; any 64-bit number is possible.
  uint64_t Number() {
    const uint8_t first = Byte();
    if (first < 0xf8) return first;
    uint64_t number = 0;
    for (const char c : Bytes(size_t{first} - 0xf7)) {
      number = number << 8 | static_cast<uint8_t>(c);
    }
    return number;
  }
  // Up to `n` bytes; fewer at the end.
  std::string_view Bytes(size_t n) {
    const std::string_view bytes = rest_.substr(0, n);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  // A length of one byte, then the bytes.
  std::string_view String() { return Bytes(Byte()); }
  std::string_view Rest() { return Bytes(rest_.size()); }

  // Not empty; many are equal, share a start, or differ by one byte.
  std::string Key() {
    static constexpr std::string_view kStarts[] = {"a", "k", "key:0001:", ""};
    const uint8_t shape = Byte();
    std::string key(kStarts[shape & 3]);
    key += Bytes((shape >> 2) & 7);
    if ((shape & 0xe0) == 0xe0) key.append(40, 'x');
    if (key.empty()) key.push_back(static_cast<char>(shape));
    return key;
  }
  // Short, or a run of one byte that may be long.
  std::string Value() {
    const uint8_t shape = Byte();
    if (shape < 0xc0) return std::string(Bytes(shape & 0x1f));
    return std::string((shape & 0x3fu) << 7, static_cast<char>(Byte()));
  }

 private:
  std::string_view rest_;
};

}  // namespace lsmkv::fuzz

#endif  // LSMKV_TESTS_FUZZ_FUZZ_INPUT_H_
