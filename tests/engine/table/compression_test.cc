#include "engine/src/table/compression.h"

#include <string>

#include "gtest/gtest.h"

#include "engine/src/util/coding.h"

namespace lsmkv::engine {
namespace {

TEST(CompressionTest, BestCompressedBlockComesBack) {
  const std::string raw(4 << 20, 'x');
  for (const Compression kind : {Compression::kLz4, Compression::kZstd}) {
    BlockCompressor compressor(kind);
    std::string buffer;
    std::string_view stored;
    ASSERT_EQ(compressor.Compress(raw, &buffer, &stored), kind);
    size_t raw_bytes = 0;
    ASSERT_TRUE(RawBlockBytes(kind, stored, &raw_bytes));
    ASSERT_EQ(raw_bytes, raw.size());
    std::string back(raw_bytes, '\0');
    ASSERT_TRUE(DecompressBlock(kind, stored, back.data(), raw_bytes));
    EXPECT_EQ(back, raw);
  }
}

// Sizes that a few bytes cannot become, though the frame says the same: nobody
// may allocate them.
TEST(CompressionTest, ZstdSizeThatCannotBeIsRefused) {
  for (const uint32_t size : {uint32_t{2} << 30, uint32_t{1} << 20}) {
    std::string stored;
    PutFixed32(&stored, size);
    PutFixed32(&stored, 0xfd2fb528);  // the magic of a frame
    stored.push_back('\xa0');         // one segment, its size in four bytes
    PutFixed32(&stored, size);
    stored.append("\x01\x00\x00", 3);  // an empty last block
    size_t raw_bytes = 0;
    EXPECT_FALSE(RawBlockBytes(Compression::kZstd, stored, &raw_bytes));
  }
}

}  // namespace
}  // namespace lsmkv::engine
