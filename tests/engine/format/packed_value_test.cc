#include "engine/src/format/packed_value.h"

#include <string>

#include "gtest/gtest.h"
#include <lz4.h>

#include "engine/src/util/random.h"

namespace lsmkv::engine {
namespace {

std::string RandomBytes(Random* random, size_t bytes) {
  std::string out(bytes, 0);
  for (char& c : out) c = static_cast<char>(random->Next());
  return out;
}

// `noise` bytes that repeat nothing, then what does.
std::string Value(Random* random, size_t noise, size_t bytes) {
  std::string value = RandomBytes(random, noise);
  while (value.size() < bytes) {
    value += "seventeen bytes, " + std::to_string(random->Next() % 100);
  }
  value.resize(bytes);
  return value;
}

std::string Unpacked(std::string_view packed) {
  std::string value(UnpackedBytes(packed), 0);
  EXPECT_TRUE(Unpack(packed, value.data()));
  return value;
}

TEST(PackedValueTest, WhatIsPackedComesBack) {
  Random random(1);
  ValuePacker packer(100);
  std::string buffer;
  for (int i = 0; i < 200; ++i) {
    const size_t bytes = 1000 + random.Next() % 50'000;
    const std::string value = Value(&random, random.Next() % 100, bytes);
    const std::string_view packed = packer.Pack(value, &buffer);
    ASSERT_FALSE(packed.empty());
    EXPECT_LE(packed.size(), 4 + bytes - bytes / 8);
    EXPECT_EQ(Unpacked(packed), value);
  }
}

TEST(PackedValueTest, BytesInFrontMakeOneBlock) {
  Random random(2);
  ValuePacker packer(1);
  std::string buffer;
  // Around every length where the number of literals takes a byte more.
  constexpr size_t kNoise[] = {0, 1, 13, 14, 15, 16, 200, 269, 270, 271, 600};
  constexpr size_t kHeads[] = {0, 1, 2, 14, 15, 30, 254, 255, 256, 270, 5000};
  for (const size_t noise : kNoise) {
    const std::string value = Value(&random, noise, 8000);
    const std::string_view packed = packer.Pack(value, &buffer);
    ASSERT_FALSE(packed.empty());
    for (const size_t bytes : kHeads) {
      SCOPED_TRACE(std::to_string(noise) + " " + std::to_string(bytes));
      const std::string head = RandomBytes(&random, bytes);
      std::string block = "front";
      const std::string_view rest = PackedBlockAfter(head, packed, &block);
      ASSERT_TRUE(block.starts_with("front"));
      block.erase(0, 5);
      block += rest;
      EXPECT_LE(block.size(), packed.size() + bytes + bytes / 255 + 2);
      std::string raw(bytes + value.size(), 0);
      ASSERT_EQ(LZ4_decompress_safe(block.data(), raw.data(),
                                    static_cast<int>(block.size()),
                                    static_cast<int>(raw.size())),
                static_cast<int>(raw.size()));
      EXPECT_EQ(raw, head + value);
    }
  }
}

TEST(PackedValueTest, OnlySomeSizesAreTaken) {
  const ValuePacker packer(100);
  EXPECT_FALSE(packer.Takes(99));
  EXPECT_TRUE(packer.Takes(100));
  EXPECT_TRUE(packer.Takes(kPackedRawBytesMax));
  EXPECT_FALSE(packer.Takes(kPackedRawBytesMax + 1));
  EXPECT_FALSE(ValuePacker(0).Takes(100));
  EXPECT_FALSE(ValuePacker(0).Takes(0));
}

TEST(PackedValueTest, ValuesThatWillNotShrinkAreSoonLeftAlone) {
  Random random(3);
  ValuePacker packer(1);
  std::string buffer;
  const std::string repeats(4000, 'r');
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(packer.Pack(RandomBytes(&random, 4000), &buffer).empty());
  }
  int tries = 1;
  while (packer.Pack(repeats, &buffer).empty()) ++tries;
  EXPECT_LE(tries, 64);
  EXPECT_FALSE(packer.Pack(repeats, &buffer).empty());
}

}  // namespace
}  // namespace lsmkv::engine
