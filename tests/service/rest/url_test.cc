#include "service/rest/url.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

using Segments = std::vector<std::string>;

Segments Path(const std::string& target) {
  const absl::StatusOr<Url> url = ParseUrl(target);
  return url.ok() ? url->segments : Segments{"<refused>"};
}

TEST(UrlTest, AllBytesCanBePercentEncoded) {
  static constexpr char kHex[] = "0123456789aBcDeF";
  for (int i = 0; i < 256; ++i) {
    const std::string text = {'%', kHex[i / 16], kHex[i % 16]};
    ASSERT_OK_AND_ASSIGN(const std::string byte, PercentDecode(text, false));
    EXPECT_EQ(byte, std::string(1, static_cast<char>(i))) << text;
  }
}

TEST(UrlTest, BrokenEscapesAreRefused) {
  for (const char* text : {"%", "%4", "a%", "%G1", "%1G", "%%41", "%-1", "% 1",
                           "%0x41", "%u0041"}) {
    EXPECT_STATUS(PercentDecode(text, false),
                  absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(UrlTest, PathsAreSplitBeforeTheyAreDecoded) {
  EXPECT_EQ(Path("/keys/a%2Fb"), (Segments{"keys", "a/b"}));
  EXPECT_EQ(Path("/keys/a/b"), (Segments{"keys", "a", "b"}));
  EXPECT_EQ(Path("/keys/%00%25%FF"),
            (Segments{"keys", std::string("\0%\xFF", 3)}));
}

TEST(UrlTest, PathsAreNotNormalised) {
  EXPECT_EQ(Path("/"), (Segments{""}));
  EXPECT_EQ(Path("/keys/"), (Segments{"keys", ""}));
  EXPECT_EQ(Path("//keys"), (Segments{"", "keys"}));
  EXPECT_EQ(Path("/keys/.."), (Segments{"keys", ".."}));
  EXPECT_EQ(Path("/keys/a+b"), (Segments{"keys", "a+b"}));
}

TEST(UrlTest, AbsoluteFormIsTaken) {
  EXPECT_EQ(Path("http://host:1/keys/a"), (Segments{"keys", "a"}));
  EXPECT_EQ(Path("http://host"), (Segments{""}));
}

TEST(UrlTest, TargetsThatAreNoPathAreRefused) {
  for (const char* target : {"", "*", "keys", "?q", "/a b", "/a\tb", "/a#b",
                             "/a\x7F", "ftp://host/", "http://host?q"}) {
    EXPECT_STATUS(ParseUrl(target), absl::StatusCode::kInvalidArgument)
        << target;
  }
}

TEST(UrlTest, QueriesAreSplitAndDecoded) {
  ASSERT_OK_AND_ASSIGN(const Url url,
                       ParseUrl("/s?q=a%26b+c%2B&&empty=&bare&x=1=2&q=two"));
  EXPECT_EQ(url.segments, (Segments{"s"}));
  EXPECT_EQ(url.Find("q"), "a&b c+");
  EXPECT_EQ(url.Find("empty"), "");
  EXPECT_EQ(url.Find("bare"), "");
  EXPECT_EQ(url.Find("x"), "1=2");
  EXPECT_EQ(url.Find("none"), std::nullopt);
}

TEST(UrlTest, BrokenEscapesInQueriesAreRefused) {
  EXPECT_STATUS(ParseUrl("/s?q=%"), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(ParseUrl("/s?%G=1"), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lsmkv::service
