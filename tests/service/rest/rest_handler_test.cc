#include "service/rest/rest_handler.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "tests/service/rest/rest_fixture.h"

namespace lsmkv::service {
namespace {

using RestHandlerTest = RestTest;

TEST_F(RestHandlerTest, UnknownPathsAreNotFound) {
  for (const char* target : {"/", "/nothing", "/keys/a/b", "/stats_all/", "/v1",
                             "/v1/kv:nothing", "//keys/a"}) {
    const HttpResponse response = Call("GET", target);
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(Member(response.body, "code"), "5") << target;
    EXPECT_EQ(Reason(response.body), "PATH_NOT_FOUND") << target;
    EXPECT_EQ(response.route, "") << target;
  }
}

TEST_F(RestHandlerTest, WrongMethodsNameTheRightOnes) {
  const struct {
    const char* method;
    const char* target;
    const char* allow;
  } kRows[] = {
      {"PUT", "/keys/a", "GET, HEAD, DELETE"},
      {"POST", "/keys/a", "GET, HEAD, DELETE"},
      {"PATCH", "/keys/search?q=a", "GET, HEAD, DELETE"},
      {"GET", "/keys", "POST"},
      {"DELETE", "/keys", "POST"},
      {"POST", "/stats_all", "GET, HEAD"},
      {"GET", "/v1/kv:put", "POST"},
      {"POST", "/v1/admin/stats", "GET, HEAD"},
      {"OPTIONS", "/keys", "POST"},
  };
  for (const auto& row : kRows) {
    const HttpResponse response = Call(row.method, row.target, "{}");
    EXPECT_EQ(response.status, 405) << row.target;
    EXPECT_EQ(Member(response.body, "code"), "12") << row.target;
    EXPECT_EQ(FindHeader(response.headers, "Allow"), row.allow) << row.target;
  }
}

TEST_F(RestHandlerTest, BadUrlsAreRefused) {
  for (const char* target : {"/keys/%", "/keys/%zz", "/keys/%4", "*"}) {
    const HttpResponse response = Call("GET", target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(Reason(response.body), "INVALID_URL") << target;
  }
}

TEST_F(RestHandlerTest, NoOriginIsInvited) {
  const HttpResponse response =
      Call("GET", "/stats_all", "", {{"Origin", "https://example.com"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(FindHeader(response.headers, "Access-Control-Allow-Origin"),
            std::nullopt);
}

TEST_F(RestHandlerTest, TimeoutHeaderIsChecked) {
  Put("k", "v");
  for (const char* timeout :
       {"1H", "99999999H", "1M", "5S", "5000m", "99999999u", "99999999n"}) {
    EXPECT_EQ(Call("GET", "/keys/k", "", {{"grpc-timeout", timeout}}).status,
              200)
        << timeout;
  }
  for (const char* timeout :
       {"", "5", "S", "5s", "-5S", "5 S", "1.5S", "123456789S", "5SS"}) {
    const HttpResponse response =
        Call("GET", "/keys/k", "", {{"Grpc-Timeout", timeout}});
    EXPECT_EQ(response.status, 400) << timeout;
    EXPECT_EQ(Reason(response.body), "INVALID_TIMEOUT") << timeout;
  }
}

TEST_F(RestHandlerTest, DeadlineThatHasPassedIsAnError) {
  Put("k", "v");
  const HttpResponse response =
      Call("GET", "/keys/k", "", {{"Grpc-Timeout", "0n"}});
  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(Member(response.body, "code"), "4");
}

TEST_F(RestHandlerTest, CallsNobodyWaitsForAreCancelled) {
  HttpRequest request;
  request.method = "GET";
  request.target = "/keys/search?q=a";
  request.cancelled = [] { return true; };
  std::optional<int> status;
  handler_->Handle(std::move(request), [&status](HttpResponse response) {
    status = response.status;
  });
  EXPECT_EQ(status, 499);
}

TEST_F(RestHandlerTest, WritesAreAnsweredWhenTheStoreHasThem) {
  store_.HoldWrites();
  HttpRequest request;
  request.method = "POST";
  request.target = "/keys";
  request.body = R"({"key":"k","value":"v"})";
  std::optional<int> status;
  handler_->Handle(std::move(request), [&status](HttpResponse response) {
    status = response.status;
  });
  EXPECT_EQ(status, std::nullopt);
  store_.ReleaseWrites();
  EXPECT_EQ(status, 200);
}

TEST_F(RestHandlerTest, BodyLimitFollowsTheRoute) {
  const Limits limits;
  const uint64_t put = handler_->BodyBytesMax("POST", "/keys");
  const uint64_t batch = handler_->BodyBytesMax("POST", "/v1/kv:batchWrite");
  const uint64_t rpc = handler_->BodyBytesMax("POST", "/v1/kv:put");
  // A byte may be six as text, and is four thirds in base64.
  EXPECT_GT(put, limits.value_bytes_max * 6);
  EXPECT_LT(put, limits.value_bytes_max * 7);
  EXPECT_GT(rpc, limits.value_bytes_max / 3 * 4);
  EXPECT_LT(rpc, limits.value_bytes_max * 2);
  EXPECT_GT(batch, limits.batch_bytes_max / 3 * 4);
  EXPECT_LT(handler_->BodyBytesMax("POST", "/nothing"), put);
}

}  // namespace
}  // namespace lsmkv::service
