#include "service/http/http_head.h"

#include <string>

#include "gtest/gtest.h"

namespace lsmkv::service {
namespace {

// The status of the refusal, 0 for none.
int Check(HttpHeaders headers, int version = 11) {
  HttpRequest head;
  head.headers = std::move(headers);
  const auto refusal = CheckRequestHead(head, version, /*fields_max=*/4);
  return refusal ? refusal->status : 0;
}

const HttpHeader kHost = {"Host", "h"};

TEST(HttpHeadTest, OrdinaryHeadsAreTaken) {
  EXPECT_EQ(Check({kHost}), 0);
  EXPECT_EQ(Check({kHost, {"Content-Length", "0"}}), 0);
  EXPECT_EQ(Check({kHost, {"transfer-encoding", "Chunked"}}), 0);
  EXPECT_EQ(Check({kHost, {"Expect", "100-Continue"}}), 0);
  EXPECT_EQ(Check({}, 10), 0);
}

TEST(HttpHeadTest, AmbiguousHeadsAreRefused) {
  EXPECT_EQ(Check({}), 400);
  EXPECT_EQ(Check({kHost, kHost}), 400);
  EXPECT_EQ(Check({kHost, kHost}, 10), 400);
  EXPECT_EQ(Check({kHost, {"Content-Length", "1"}, {"content-length", "1"}}),
            400);
  EXPECT_EQ(Check({kHost, {"Content-Length", "1, 1"}}), 400);
  EXPECT_EQ(Check({kHost, {"Content-Length", "+1"}}), 400);
  EXPECT_EQ(Check({kHost, {"Content-Length", ""}}), 400);
  EXPECT_EQ(
      Check({kHost, {"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}),
      400);
  EXPECT_EQ(Check({kHost, {"Transfer-Encoding", "gzip, chunked"}}), 400);
  EXPECT_EQ(Check({kHost, {"Transfer-Encoding", "identity"}}), 400);
  EXPECT_EQ(Check({kHost, {"Transfer-Encoding", "chunked"}}, 10), 400);
}

TEST(HttpHeadTest, WhatIsNotSpokenIsRefused) {
  EXPECT_EQ(Check({kHost}, 20), 505);
  EXPECT_EQ(Check({kHost}, 9), 505);
  EXPECT_EQ(Check({kHost, {"Expect", "a miracle"}}), 417);
}

TEST(HttpHeadTest, FieldsHaveALimit) {
  EXPECT_EQ(Check({kHost, {"a", ""}, {"b", ""}, {"c", ""}}), 0);
  EXPECT_EQ(Check({kHost, {"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}), 431);
}

TEST(HttpHeadTest, ResponseHeadsEndWithAnEmptyLine) {
  HttpResponse response;
  response.status = 404;
  response.headers = {{"Allow", "GET"}};
  response.body = "four";
  const std::string head =
      FormatResponseHead(response, BodyFraming::kLength, true);
  EXPECT_EQ(head.rfind("HTTP/1.1 404 Not Found\r\nDate: ", 0), 0U);
  EXPECT_NE(head.find(" GMT\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nAllow: GET\r\nContent-Length: 4\r\n"
                      "Connection: keep-alive\r\n\r\n"),
            std::string::npos);
}

TEST(HttpHeadTest, FramingIsSaid) {
  const HttpResponse response;
  EXPECT_NE(FormatResponseHead(response, BodyFraming::kChunked, true)
                .find("Transfer-Encoding: chunked\r\n"),
            std::string::npos);
  const std::string close =
      FormatResponseHead(response, BodyFraming::kClose, false);
  EXPECT_EQ(close.find("Content-Length"), std::string::npos);
  EXPECT_NE(close.find("Connection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace lsmkv::service
