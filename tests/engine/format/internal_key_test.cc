#include "engine/src/format/internal_key.h"

#include "gtest/gtest.h"

namespace lsmkv::engine {
namespace {

TEST(InternalKeyTest, NewerVersionsOfAKeySortFirst) {
  const std::string newer =
      MakeInternalKey("k", PackTrailer(9, ValueType::kPut));
  const std::string older =
      MakeInternalKey("k", PackTrailer(8, ValueType::kPut));
  EXPECT_LT(CompareInternal(newer, older), 0);
  EXPECT_GT(CompareInternal(older, newer), 0);
  EXPECT_EQ(CompareInternal(older, older), 0);
}

TEST(InternalKeyTest, UserKeysOrderBeforeTrailers) {
  // The trailer of one key must not be taken for bytes of a longer key.
  const std::string a = MakeInternalKey("a", 0);
  const std::string ab = MakeInternalKey("ab", UINT64_MAX);
  EXPECT_LT(CompareInternal(a, ab), 0);
}

TEST(InternalKeyTest, SearchKeyStandsBetweenVisibleAndLaterVersions) {
  const std::string search = MakeInternalKey("k", SeekTrailer(5));
  EXPECT_LT(CompareInternal(
                MakeInternalKey("k", PackTrailer(6, ValueType::kPut)), search),
            0);
  EXPECT_GT(CompareInternal(
                MakeInternalKey("k", PackTrailer(5, ValueType::kPut)), search),
            0);
}

TEST(InternalKeyTest, RangeEndSortsBeforeEvenTheNewestSearchKey) {
  EXPECT_LT(CompareInternal(MakeInternalKey("k", kRangeEndTrailer),
                            MakeInternalKey("k", SeekTrailer(kSequenceMax))),
            0);
}

}  // namespace
}  // namespace lsmkv::engine
