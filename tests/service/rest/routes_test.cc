#include "service/rest/routes.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

class RoutesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Add("GET", "/keys/search", "q");
    Add("GET", "/keys/{key}");
    Add("DELETE", "/keys/{key}");
    Add("POST", "/v1/kv:put");
  }
  void Add(std::string method, std::string path, std::string parameter = "") {
    Route route;
    route.method = std::move(method);
    route.path_template = std::move(path);
    route.required_parameter = std::move(parameter);
    table_.Add(std::move(route));
  }
  RouteTable::Match Find(const char* method, const char* target) {
    const absl::StatusOr<Url> url = ParseUrl(target);
    EXPECT_OK(url);
    return table_.Find(method, *url);
  }
  std::string Template(const char* method, const char* target) {
    const RouteTable::Match match = Find(method, target);
    return match.route != nullptr ? match.route->path_template : "<none>";
  }

  RouteTable table_;
};

TEST_F(RoutesTest, VariablesStandForOneSegment) {
  const RouteTable::Match match = Find("GET", "/keys/a%2Fb");
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.variables.at("key"), "a/b");
  EXPECT_EQ(Template("GET", "/keys/a/b"), "<none>");
  EXPECT_EQ(Template("GET", "/keys"), "<none>");
}

TEST_F(RoutesTest, VariablesMayBeEmpty) {
  EXPECT_EQ(Find("GET", "/keys/").variables.at("key"), "");
}

TEST_F(RoutesTest, RequiredParameterChoosesTheRoute) {
  EXPECT_EQ(Template("GET", "/keys/search?q=a"), "/keys/search");
  EXPECT_EQ(Template("GET", "/keys/search?q="), "/keys/search");
  EXPECT_EQ(Template("GET", "/keys/search"), "/keys/{key}");
  EXPECT_EQ(Template("GET", "/keys/search?prefix=true"), "/keys/{key}");
  EXPECT_EQ(Template("DELETE", "/keys/search?q=a"), "/keys/{key}");
}

TEST_F(RoutesTest, LiteralsAreComparedDecoded) {
  EXPECT_EQ(Template("POST", "/v1/kv%3Aput"), "/v1/kv:put");
  EXPECT_EQ(Template("POST", "/v1/kv:puts"), "<none>");
  EXPECT_EQ(Template("POST", "/V1/kv:put"), "<none>");
}

TEST_F(RoutesTest, HeadIsAnsweredByGet) {
  EXPECT_EQ(Template("HEAD", "/keys/a"), "/keys/{key}");
  EXPECT_EQ(Template("HEAD", "/v1/kv:put"), "<none>");
}

TEST_F(RoutesTest, OtherMethodsAreListed) {
  using Methods = std::vector<std::string>;
  EXPECT_EQ(Find("PUT", "/keys/a").allowed_methods,
            (Methods{"GET", "HEAD", "DELETE"}));
  EXPECT_EQ(Find("get", "/keys/a").allowed_methods,
            (Methods{"GET", "HEAD", "DELETE"}));
  EXPECT_EQ(Find("GET", "/v1/kv:put").allowed_methods, (Methods{"POST"}));
  EXPECT_EQ(Find("GET", "/nothing").allowed_methods, Methods{});
}

}  // namespace
}  // namespace lsmkv::service
