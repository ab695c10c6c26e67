#include "tests/engine/model/shapes.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace lsmkv::model {
namespace {

// Half of the values do not compress, so that levels fill.
std::string ValueOf(Random* rng, uint64_t size) {
  if (rng->OneIn(2)) return rng->Bytes(static_cast<size_t>(size));
  return std::string(static_cast<size_t>(size),
                     static_cast<char>(rng->Uniform(256)));
}

std::string SmallValue(Random* rng) {
  return ValueOf(rng, rng->OneIn(20) ? rng->Uniform(3000) : rng->Uniform(60));
}

std::string TinyValue(Random* rng) { return ValueOf(rng, rng->Uniform(12)); }

// Empty, or larger than any block but the largest.
std::string EmptyOrLargeValue(Random* rng) {
  if (rng->OneIn(3)) return "";
  if (rng->OneIn(100)) return ValueOf(rng, kValueBytesMax - rng->Uniform(3));
  return ValueOf(rng, rng->Skewed(14));
}

// Keys that collide often, with bytes that something might treat as special.
std::string AwkwardKey(Random* rng) {
  static const std::string kBytes[] = {"a",    "b", std::string(1, '\0'),
                                       "\xff", "/", "%"};
  std::string key;
  const uint64_t parts = 1 + rng->Uniform(4);
  for (uint64_t i = 0; i < parts; ++i) key += kBytes[rng->Uniform(6)];
  if (rng->OneIn(2)) key += std::to_string(rng->Uniform(50));
  return key;
}

std::string LongPrefixKey(Random* rng) {
  static const std::string kPrefix(200, 'p');
  char suffix[32];
  std::snprintf(suffix, sizeof(suffix), "/%02d/%03d",
                static_cast<int>(rng->Uniform(7)),
                static_cast<int>(rng->Uniform(400)));
  return kPrefix + suffix;
}

std::string NumberedKey(Random* rng) {
  char key[32];
  std::snprintf(key, sizeof(key), "%08d", static_cast<int>(rng->Uniform(4000)));
  return key;
}

std::string BinaryKey(Random* rng) {
  Random bytes(rng->Uniform(3000));
  return bytes.Bytes(16);
}

// Up to the limit; many share all but their end.
std::string HugeKey(Random* rng) {
  static constexpr size_t kSizes[] = {1, 7, 8, 9, 255, 256, 300, 1000, 4096};
  size_t size = kSizes[rng->Uniform(std::size(kSizes))];
  if (rng->OneIn(20)) size = kKeyBytesMax - rng->Uniform(2);
  std::string key(size, static_cast<char>('a' + rng->Uniform(3)));
  key.back() = static_cast<char>(rng->Uniform(30));
  return key;
}

// Every byte, so that each key has hundreds of versions.
std::string OneByteKey(Random* rng) {
  return std::string(1, static_cast<char>(rng->Uniform(256)));
}

// Each is the beginning of others; ends in 00 or ff, where bounds go wrong.
std::string NestedKey(Random* rng) {
  static constexpr char kLast[] = {'\0', '\xff', 'm', '\x01', '\xfe'};
  std::string key(static_cast<size_t>(rng->Uniform(40)), '\xff');
  if (rng->OneIn(2)) key.assign(key.size(), '\0');
  const uint64_t tail = 1 + rng->Uniform(3);
  for (uint64_t i = 0; i < tail; ++i) key += kLast[rng->Uniform(5)];
  return key;
}

}  // namespace

const std::vector<Shape>& AllShapes() {
  static const std::vector<Shape> shapes = {
      {"Awkward", AwkwardKey, SmallValue},
      {"LongPrefix", LongPrefixKey, SmallValue},
      {"Numbered", NumberedKey, SmallValue},
      {"Binary", BinaryKey, SmallValue},
      {"HugeKeys", HugeKey, TinyValue, 2},
      {"LargeValues", NumberedKey, EmptyOrLargeValue, 2},
      {"OneByte", OneByteKey, TinyValue},
      {"Nested", NestedKey, SmallValue},
  };
  return shapes;
}

}  // namespace lsmkv::model
