#include "client/cli/progress.h"

#include <future>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(ProgressTest, ShowsALineAndWipesIt) {
  std::ostringstream err;
  {
    std::promise<void> shown;
    bool first = true;
    const Progress progress(
        &err, true,
        [&](double) {
          if (std::exchange(first, false)) shown.set_value();
          return std::string("half way");
        },
        std::chrono::milliseconds(0));
    shown.get_future().wait();
  }
  EXPECT_THAT(err.str(), testing::StartsWith("\rhalf way\x1b[K"));
  EXPECT_THAT(err.str(), testing::EndsWith("\r\x1b[K"));
}

TEST(ProgressTest, ShortWorkShowsNothing) {
  std::ostringstream err;
  {
    const Progress progress(
        &err, true, [](double) { return std::string("x"); },
        std::chrono::hours(1));
  }
  EXPECT_EQ(err.str(), "");
}

TEST(ProgressTest, DisabledShowsNothing) {
  std::ostringstream err;
  {
    const Progress progress(
        &err, false, [](double) { return std::string("x"); },
        std::chrono::milliseconds(0));
  }
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace lsmkv::cli
