#include "service/rest/rpc_endpoints.h"

#include <set>
#include <string>
#include <vector>

#include "google/api/annotations.pb.h"
#include "gtest/gtest.h"

#include "tests/service/rest/rest_fixture.h"

namespace lsmkv::service {
namespace {

using google::protobuf::MethodDescriptor;

class RpcEndpointsTest : public RestTest {
 protected:
  std::string Body(const std::string& rpc, const std::string& body) {
    return Call("POST", "/v1/" + rpc, body).body;
  }
  // The whole body of a streamed answer.
  static std::string ReadAll(HttpResponse response) {
    std::string all = std::move(response.body);
    if (response.stream == nullptr) return all;
    while (auto more = response.stream->Next()) all += *more;
    return all;
  }
};

TEST_F(RpcEndpointsTest, EveryRpcHasTheRouteOfItsAnnotation) {
  const std::vector<const MethodDescriptor*> methods = ApiMethods();
  EXPECT_GE(methods.size(), 12U);
  std::set<std::string> seen;
  for (const MethodDescriptor* method : methods) {
    const auto& rule = method->options().GetExtension(google::api::http);
    const bool get = rule.pattern_case() == google::api::HttpRule::kGet;
    const std::string path = get ? rule.get() : rule.post();
    ASSERT_OK_AND_ASSIGN(const Url url, ParseUrl(path));
    const auto match = handler_->routes().Find(get ? "GET" : "POST", url);
    ASSERT_NE(match.route, nullptr) << method->full_name();
    EXPECT_EQ(match.route->path_template, path);
    EXPECT_EQ(path.rfind("/v1/", 0), 0U) << path;
    EXPECT_TRUE(seen.insert(path).second) << path << " is used twice";
  }
}

TEST_F(RpcEndpointsTest, EveryRpcAnswersAnEmptyRequestInJson) {
  for (const MethodDescriptor* method : ApiMethods()) {
    const auto& rule = method->options().GetExtension(google::api::http);
    const bool get = rule.pattern_case() == google::api::HttpRule::kGet;
    const HttpResponse response =
        Call(get ? "GET" : "POST", get ? rule.get() : rule.post());
    EXPECT_TRUE(response.status == 200 || response.status == 400)
        << method->full_name() << ": " << response.body;
    EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  }
}

TEST_F(RpcEndpointsTest, VerifyStreamsWhatItFinds) {
  store_.SetVerify(testing::MemStore::Finds({7}));
  const std::string all = ReadAll(Call("POST", "/v1/admin:verify", "{}"));
  EXPECT_NE(all.find("\"file\":\"/store/1.sst\",\"offset\":\"7\""),
            std::string::npos)
      << all;
  // Keys are bytes: base64.
  EXPECT_NE(all.find("\"smallestKey\":\"YQ==\""), std::string::npos);
  EXPECT_NE(all.find("\"bytes\":\"1000\""), std::string::npos);
  EXPECT_EQ(all.find("\"error\""), std::string::npos);
}

TEST_F(RpcEndpointsTest, SecondVerifyIsRefused) {
  store_.SetVerify(testing::MemStore::RunsUntilCancelled());
  HttpResponse first = Call("POST", "/v1/admin:verify", "{}");
  EXPECT_EQ(first.status, 200);
  const HttpResponse second = Call("POST", "/v1/admin:verify", "{}");
  EXPECT_EQ(second.status, 429);
  EXPECT_NE(second.body.find("VERIFY_RUNNING"), std::string::npos);
  first.stream.reset();
  store_.SetVerify(testing::MemStore::Finds({}));
  EXPECT_EQ(Call("POST", "/v1/admin:verify", "{}").status, 200);
}

TEST_F(RpcEndpointsTest, AnRpcWithoutABindingIsAnError) {
  RpcBindings bindings = MakeRpcBindings(core_.get(), {});
  ASSERT_EQ(bindings.erase("lsmkv.v1.KvService.Scan"), 1U);
  RouteTable table;
  EXPECT_STATUS_CONTAINS(AddRpcRoutes(bindings, Limits(), &table),
                         absl::StatusCode::kInternal, "Scan");
}

TEST_F(RpcEndpointsTest, NoBindingIsWithoutAnRpc) {
  EXPECT_EQ(MakeRpcBindings(core_.get(), {}).size(), ApiMethods().size());
}

TEST_F(RpcEndpointsTest, BytesAreBase64AndVersionsAreStrings) {
  EXPECT_EQ(Body("kv:put", R"({"key":"/w==","value":"AAE="})"),
            R"({"version":"1"})");
  EXPECT_EQ(Stored("\xFF"), std::string("\0\x01", 2));
  EXPECT_EQ(Body("kv:get", R"({"key":"/w=="})"),
            R"({"value":"AAE=","version":"1"})");
  EXPECT_EQ(Body("kv:delete", R"({"key":"_w"})"), R"({"version":"2"})");
  EXPECT_EQ(Stored("\xFF"), std::nullopt);
}

TEST_F(RpcEndpointsTest, UnsetFieldsAreWrittenAndUnknownOnesIgnored) {
  EXPECT_EQ(Body("kv:scan", R"({"nothing":1})"),
            R"({"records":[],"nextPageToken":""})");
  Put("k", "");
  EXPECT_EQ(Body("kv:get", R"({"key":"aw=="})"),
            R"({"value":"","version":"1"})");
}

TEST_F(RpcEndpointsTest, BothSpellingsOfANameAreTaken) {
  for (const char* key : {"a", "b", "c"}) Put(key, "v");
  for (const char* body : {R"({"keysOnly":true,"pageSize":1})",
                           R"({"keys_only":true,"page_size":1})"}) {
    ASSERT_OK_AND_ASSIGN(const JsonValue page,
                         ParseJson(Body("kv:scan", body)));
    ASSERT_EQ(page.Find("records")->items.size(), 1U) << body;
    EXPECT_EQ(page.Find("records")->items[0].Find("value")->text, "");
    EXPECT_NE(page.Find("nextPageToken")->text, "");
  }
}

TEST_F(RpcEndpointsTest, BadBodiesAreRefused) {
  for (const char* body :
       {"{", "[]", "1", "{\"key\":\"aw==\",\"key\":\"aw==\"}", "{'key':'aw=='}",
        "{\"key\":\"aw==\",}", "{key:\"aw==\"}", R"({"key":"*"})",
        R"({"key":{}})", R"({"key":"aw==","durability":9})", "{\"x\":\"\xFF\"}",
        "{} {}"}) {
    const HttpResponse response = Call("POST", "/v1/kv:put", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(Member(response.body, "code"), "3") << body;
  }
  EXPECT_EQ(Stored("k"), std::nullopt);
}

TEST_F(RpcEndpointsTest, AnEmptyBodyIsAnEmptyRequest) {
  EXPECT_EQ(Call("POST", "/v1/admin:flush", "").status, 200);
  EXPECT_EQ(Call("POST", "/v1/admin:flush", "").body, "{}");
}

TEST_F(RpcEndpointsTest, DurabilityIsPassedOn) {
  Body("kv:put", R"({"key":"aw==","durability":"DURABILITY_OS"})");
  EXPECT_EQ(store_.last_durability(), Durability::kOs);
  Body("kv:delete", R"({"key":"aw==","durability":1})");
  EXPECT_EQ(store_.last_durability(), Durability::kSync);
  Body("kv:batchWrite", R"({"operations":[{"delete":{"key":"aw=="}}],)"
                        R"("durability":"DURABILITY_INTERVAL"})");
  EXPECT_EQ(store_.last_durability(), Durability::kInterval);
}

TEST_F(RpcEndpointsTest, BatchesAreWrittenAndRead) {
  Put("old", "v");
  EXPECT_EQ(Body("kv:batchWrite",
                 R"({"operations":[{"put":{"key":"YQ==","value":"MQ=="}},)"
                 R"({"delete":{"key":"b2xk"}},{"put":{"key":"Yg=="}},)"
                 R"({"deleteRange":{"startKey":"Yg==","endKey":"Yw=="}}]})"),
            R"({"version":"5"})");
  EXPECT_EQ(Body("kv:batchGet", R"({"keys":["YQ==","b2xk","Yg=="]})"),
            R"({"results":[{"found":true,"value":"MQ==","version":"2"},)"
            R"({"found":false,"value":"","version":"0"},)"
            R"({"found":false,"value":"","version":"0"}]})");
  EXPECT_EQ(Call("POST", "/v1/kv:batchWrite", R"({"operations":[{}]})").status,
            400);
}

TEST_F(RpcEndpointsTest, RangesAreDeletedAndEverythingOnlyWhenAsked) {
  for (const char* key : {"a", "b", "c"}) Put(key, "v");
  EXPECT_EQ(Call("POST", "/v1/kv:deleteRange", "{}").status, 400);
  EXPECT_EQ(Body("kv:deleteRange", R"({"range":{"prefix":"Yg=="}})"),
            R"({"version":"4"})");
  EXPECT_EQ(Stored("b"), std::nullopt);
  EXPECT_EQ(Stored("a"), "v");
  EXPECT_EQ(Call("POST", "/v1/kv:deleteRange", R"({"all":true})").status, 200);
  EXPECT_EQ(Stored("a"), std::nullopt);
}

TEST_F(RpcEndpointsTest, AdminRpcsAnswer) {
  const std::string stats = Call("GET", "/v1/admin/stats").body;
  EXPECT_EQ(Member(stats, "serverVersion"), "1.2.3");
  EXPECT_EQ(Member(stats, "tableFiles"), "0");
  EXPECT_EQ(Member(Call("GET", "/v1/admin/limits").body, "keyBytesMax"),
            "16384");
  EXPECT_EQ(Call("GET", "/v1/admin/limits?unknown=1").status, 200);
  EXPECT_EQ(Body("admin:compact", R"({"range":{"startKey":"YQ=="}})"), "{}");
  EXPECT_EQ(store_.last_compact().start, "a");
}

TEST_F(RpcEndpointsTest, StreamsAreLinesOfResults) {
  Limits limits;
  limits.stream_chunk_bytes = 1;
  Recreate(limits);
  EXPECT_EQ(ReadAll(Call("POST", "/v1/kv:streamScan", "{}")), "");
  Put("a", "1");
  Put("b", "2");
  HttpResponse response = Call("POST", "/v1/kv:streamScan", "{}");
  EXPECT_EQ(response.status, 200);
  ASSERT_NE(response.stream, nullptr);
  Put("c", "after the snapshot");
  EXPECT_EQ(ReadAll(std::move(response)),
            R"({"result":{"records":[{"key":"YQ==","value":"MQ==",)"
            R"("version":"1"}],"snapshotVersion":"2"}})"
            "\n"
            R"({"result":{"records":[{"key":"Yg==","value":"Mg==",)"
            R"("version":"2"}],"snapshotVersion":"2"}})"
            "\n");
}

TEST_F(RpcEndpointsTest, AStreamThatFailsEndsWithAnErrorLine) {
  Limits limits;
  limits.stream_chunk_bytes = 1;
  Recreate(limits);
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "v");
  HttpResponse response = Call("POST", "/v1/kv:streamScan", "{}");
  ASSERT_EQ(response.status, 200);
  store_.FailReads(absl::DataLossError("bad block"));
  const std::string all = ReadAll(std::move(response));
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back(), '\n');
  const size_t last = all.rfind('\n', all.size() - 2) + 1;
  EXPECT_EQ(all.substr(last, 20), R"({"error":{"code":15,)");
  EXPECT_OK(ParseJson(all.substr(last)));
}

TEST_F(RpcEndpointsTest, AStreamThatFailsAtOnceHasTheMappedStatus) {
  store_.FailReads(absl::DataLossError("bad block"));
  const HttpResponse response = Call("POST", "/v1/kv:streamScan", "{}");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.stream, nullptr);
  EXPECT_EQ(Member(response.body, "code"), "15");
}

TEST_F(RpcEndpointsTest, AnAbandonedStreamLetsGoOfItsSnapshot) {
  Put("a", "1");
  {
    const HttpResponse response = Call("POST", "/v1/kv:streamScan", "{}");
    EXPECT_EQ(store_.open_snapshots(), 1U);
  }
  EXPECT_EQ(store_.open_snapshots(), 0U);
}

}  // namespace
}  // namespace lsmkv::service
