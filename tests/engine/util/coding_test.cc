#include "engine/src/util/coding.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(CodingTest, VarintsOfEveryLengthComeBack) {
  for (int bits = 0; bits < 64; ++bits) {
    for (uint64_t value : {uint64_t{1} << bits, (uint64_t{1} << bits) - 1}) {
      std::string encoded;
      PutVarint64(&encoded, value);
      Decoder decoder(encoded);
      uint64_t decoded = 0;
      ASSERT_TRUE(decoder.GetVarint64(&decoded));
      EXPECT_EQ(decoded, value);
      EXPECT_TRUE(decoder.empty());
    }
  }
}

TEST(CodingTest, CutVarintIsRefusedAndLeftInPlace) {
  std::string encoded;
  PutVarint64(&encoded, UINT64_MAX);
  for (size_t n = 0; n < encoded.size(); ++n) {
    Decoder decoder(std::string_view(encoded).substr(0, n));
    uint64_t value;
    EXPECT_FALSE(decoder.GetVarint64(&value));
    EXPECT_EQ(decoder.rest().size(), n);
  }
}

TEST(CodingTest, VarintOfMoreThan64BitsIsRefused) {
  const std::string too_long = std::string(9, '\xff') + '\x02';
  Decoder decoder(too_long);
  uint64_t value;
  EXPECT_FALSE(decoder.GetVarint64(&value));
}

TEST(CodingTest, Varint32RefusesWhatDoesNotFit) {
  std::string encoded;
  PutVarint64(&encoded, uint64_t{UINT32_MAX} + 1);
  Decoder decoder(encoded);
  uint32_t value;
  EXPECT_FALSE(decoder.GetVarint32(&value));
}

TEST(CodingTest, LengthBehindTheEndIsRefused) {
  std::string encoded;
  PutVarint64(&encoded, uint64_t{1} << 62);
  encoded += "short";
  Decoder decoder(encoded);
  std::string_view value;
  EXPECT_FALSE(decoder.GetLengthPrefixed(&value));
  EXPECT_EQ(decoder.rest(), encoded);
}

TEST(CodingTest, FixedWidthIsLittleEndian) {
  std::string encoded;
  PutFixed32(&encoded, 0x01020304);
  PutFixed64(&encoded, 0x05);
  EXPECT_EQ(encoded, std::string("\x04\x03\x02\x01\x05\0\0\0\0\0\0\0", 12));
}

}  // namespace
}  // namespace lsmkv::engine
