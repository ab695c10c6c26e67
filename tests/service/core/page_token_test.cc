#include "service/core/page_token.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "service/core/error.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

ScanRequest SomeRequest() {
  ScanRequest request;
  request.range.prefix = "user:";
  request.limit = 100;
  return request;
}

TEST(PageTokenTest, PositionComesBackAsItWasGiven) {
  const PageTokens tokens;
  ScanRequest request = SomeRequest();
  const std::string key("\x00\xFFk", 3);
  request.page_token = tokens.Make(request, {7, 42, key});
  ASSERT_OK_AND_ASSIGN(ScanPosition position, tokens.Read(request));
  EXPECT_EQ(position.snapshot_id, 7u);
  EXPECT_EQ(position.remaining, 42u);
  EXPECT_EQ(position.last_key, key);
}

TEST(PageTokenTest, TokenIsUrlSafe) {
  const PageTokens tokens;
  for (int i = 0; i < 200; ++i) {
    const std::string token = tokens.Make(
        SomeRequest(), {static_cast<uint64_t>(i), 0, std::string(5, '\xFB')});
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
              std::string::npos)
        << token;
  }
}

TEST(PageTokenTest, TokenOfAnotherQueryIsRefused) {
  const PageTokens tokens;
  const std::string token = tokens.Make(SomeRequest(), {1, 0, "k"});
  const std::vector<std::function<void(ScanRequest*)>> changes = {
      [](ScanRequest* r) { r->range.prefix = "users"; },
      [](ScanRequest* r) {
        r->range = {"user:", "", ""};
      },
      [](ScanRequest* r) { r->range.end = "z"; },
      [](ScanRequest* r) { r->reverse = true; },
      [](ScanRequest* r) { r->keys_only = true; },
      [](ScanRequest* r) { r->limit = 101; },
      [](ScanRequest* r) { r->key_contains = "x"; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    ScanRequest other = SomeRequest();
    changes[i](&other);
    other.page_token = token;
    const auto read = tokens.Read(other);
    EXPECT_STATUS(read, absl::StatusCode::kInvalidArgument) << i;
    EXPECT_EQ(DetailOf(read.status()).reason, "INVALID_PAGE_TOKEN") << i;
  }
}

TEST(PageTokenTest, PageSizeMayChangeBetweenPages) {
  const PageTokens tokens;
  ScanRequest request = SomeRequest();
  request.page_token = tokens.Make(request, {1, 0, "k"});
  request.page_size = 7;
  EXPECT_OK(tokens.Read(request));
}

TEST(PageTokenTest, NoChangedOrCutTokenIsAccepted) {
  const PageTokens tokens;
  ScanRequest request = SomeRequest();
  const std::string token = tokens.Make(request, {1, 5, "some key"});
  // The last letter may carry bits that mean nothing.
  for (size_t i = 0; i + 1 < token.size(); ++i) {
    request.page_token = token;
    request.page_token[i] = token[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.Read(request).ok()) << i;
    request.page_token = token.substr(0, i);
    EXPECT_FALSE(tokens.Read(request).ok()) << i;
  }
}

TEST(PageTokenTest, WhatIsNoTokenIsInvalid) {
  const PageTokens tokens;
  for (const std::string& text :
       {std::string("x"), std::string("not a token"), std::string(500, 'A'),
        std::string("%%%"), std::string(1, '\0')}) {
    ScanRequest request = SomeRequest();
    request.page_token = text;
    const auto read = tokens.Read(request);
    EXPECT_STATUS(read, absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(DetailOf(read.status()).reason, "INVALID_PAGE_TOKEN");
  }
}

TEST(PageTokenTest, TokenOfAnEarlierRunHasExpired) {
  const PageTokens earlier;
  const PageTokens now;
  ScanRequest request = SomeRequest();
  request.page_token = earlier.Make(request, {1, 0, "k"});
  const auto read = now.Read(request);
  EXPECT_STATUS(read, absl::StatusCode::kOutOfRange);
  EXPECT_EQ(DetailOf(read.status()).reason, "SNAPSHOT_EXPIRED");
}

}  // namespace
}  // namespace lsmkv::service
