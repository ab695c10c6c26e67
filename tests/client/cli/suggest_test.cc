#include "client/cli/suggest.h"

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(SuggestTest, FindsTheNearWordAndOnlyThat) {
  const std::vector<std::string_view> words = {"get", "set", "delete", "stats"};
  EXPECT_EQ(Nearest("gte", words), "get");
  EXPECT_EQ(Nearest("delte", words), "delete");
  EXPECT_EQ(Nearest("status", words), "stats");
  EXPECT_EQ(Nearest("frobnicate", words), "");
  EXPECT_EQ(Nearest("", words), "");
  EXPECT_EQ(Nearest(std::string(100'000, 'g'), words), "");
}

}  // namespace
}  // namespace lsmkv::cli
