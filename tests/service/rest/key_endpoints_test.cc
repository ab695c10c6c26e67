// The documented endpoints, row by row.

#include "service/rest/key_endpoints.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/service/rest/rest_fixture.h"

namespace lsmkv::service {
namespace {

std::string PercentEncode(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

std::string JsonOf(const std::string& text) {
  std::string json;
  JsonWriter(&json).String(text);
  return json;
}

class KeyEndpointsTest : public RestTest {
 protected:
  // The keys of a page of a search, in order, or the body of an error.
  std::vector<std::string> Found(const std::string& target) {
    const HttpResponse response = Call("GET", target);
    const absl::StatusOr<JsonValue> body = ParseJson(response.body);
    if (response.status != 200 || !body.ok()) return {response.body};
    std::vector<std::string> keys;
    for (const JsonValue& record : body->Find("records")->items) {
      keys.push_back(record.Find("key")->text);
    }
    return keys;
  }
};

using Keys = std::vector<std::string>;

TEST_F(KeyEndpointsTest, GetAnswersKeyValueAndVersion) {
  Put("user:1", "data");
  const HttpResponse response = Call("GET", "/keys/user:1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key":"user:1","value":"data","version":"1"})");
  EXPECT_EQ(FindHeader(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(response.route, "/keys/{key}");
}

TEST_F(KeyEndpointsTest, GetOfAnAbsentKeyIsNotFound) {
  const HttpResponse response = Call("GET", "/keys/absent");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(Member(response.body, "code"), "5");
  EXPECT_EQ(Reason(response.body), "KEY_NOT_FOUND");
}

TEST_F(KeyEndpointsTest, PostStoresTheValue) {
  const HttpResponse response =
      Call("POST", "/keys", R"({"key":"user:1","value":"data"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key":"user:1","version":"1"})");
  EXPECT_EQ(Stored("user:1"), "data");
}

TEST_F(KeyEndpointsTest, AnEmptyValueIsAValue) {
  EXPECT_EQ(Call("POST", "/keys", R"({"key":"k","value":""})").status, 200);
  EXPECT_EQ(Call("GET", "/keys/k").body,
            R"({"key":"k","value":"","version":"1"})");
}

TEST_F(KeyEndpointsTest, PostOfABadBodyIsRefused) {
  const char* const kBodies[] = {
      "",
      "{",
      "[]",
      "\"key\"",
      "null",
      "key=a&value=b",
      "{}",
      R"({"value":"v"})",
      R"({"key":"k"})",
      R"({"key":"","value":"v"})",
      R"({"key":1,"value":"v"})",
      R"({"key":null,"value":"v"})",
      R"({"key":"k","value":1})",
      R"({"key":"k","value":{}})",
      R"({"key":"k","value":"v"} x)",
      R"({"key":"k","value":"v",})",
      R"({"key":"k","key":"l","value":"v"})",
      R"({"key":"k","value":"v","value_base64":"dg=="})",
      R"({"key":"k","key_base64":"aw==","value":"v"})",
      R"({"key":"k","value_base64":"d"})",
      R"({"key":"k","value_base64":"***="})",
      R"({"key":"k","value_base64":7})",
      "{\"key\":\"k\",\"value\":\"\xFF\"}",
      R"({"key":"k","value":"\ud800"})",
      R"({"key":"k","value":"v","durability":"never"})",
      R"({"key":"k","value":"v","durability":1})",
  };
  for (const char* body : kBodies) {
    const HttpResponse response = Call("POST", "/keys", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(Member(response.body, "code"), "3") << body;
    EXPECT_NE(Reason(response.body), "<none>") << body;
  }
  EXPECT_EQ(Stored("k"), std::nullopt);
}

TEST_F(KeyEndpointsTest, UnknownMembersAreIgnored) {
  EXPECT_EQ(
      Call("POST", "/keys", R"({"key":"k","value":"v","version":"7","x":[]})")
          .status,
      200);
}

TEST_F(KeyEndpointsTest, PostTakesADurability) {
  Call("POST", "/keys", R"({"key":"k","value":"v","durability":"os"})");
  EXPECT_EQ(store_.last_durability(), Durability::kOs);
  Call("POST", "/keys", R"({"key":"k","value":"v","durability":"sync"})");
  EXPECT_EQ(store_.last_durability(), Durability::kSync);
  Call("POST", "/keys", R"({"key":"k","value":"v"})");
  EXPECT_EQ(store_.last_durability(), Durability::kDefault);
}

TEST_F(KeyEndpointsTest, DeleteAnswersItsVersionAlsoWhereTheKeyWasAbsent) {
  Put("user:1", "data");
  HttpResponse response = Call("DELETE", "/keys/user:1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key":"user:1","version":"2"})");
  EXPECT_EQ(Stored("user:1"), std::nullopt);
  response = Call("DELETE", "/keys/user:1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key":"user:1","version":"3"})");
}

TEST_F(KeyEndpointsTest, DeleteTakesADurability) {
  EXPECT_EQ(Call("DELETE", "/keys/k?durability=interval").status, 200);
  EXPECT_EQ(store_.last_durability(), Durability::kInterval);
  EXPECT_EQ(Call("DELETE", "/keys/k?durability=x").status, 400);
}

TEST_F(KeyEndpointsTest, AwkwardKeysSurviveThePathAndTheBody) {
  const std::string kKeys[] = {"a/b",
                               "/",
                               std::string("nul\0nul", 7),
                               "100%",
                               "%2F",
                               "a b+c",
                               "?q=1&x#y",
                               "..",
                               "\"quoted\\\"",
                               "line\r\nbreak\t\x01",
                               "\u043A\u043B\u044E\u0447 \U0001F511",
                               "search",
                               "stats_all",
                               "{key}"};
  for (const std::string& key : kKeys) {
    const std::string path = "/keys/" + PercentEncode(key);
    const std::string body =
        "{\"key\":" + JsonOf(key) + ",\"value\":" + JsonOf("v" + key) + "}";
    ASSERT_EQ(Call("POST", "/keys", body).status, 200) << key;
    EXPECT_EQ(Stored(key), "v" + key);
    HttpResponse response = Call("GET", path);
    EXPECT_EQ(response.status, 200) << key;
    EXPECT_EQ(Member(response.body, "key"), key);
    EXPECT_EQ(Member(response.body, "value"), "v" + key);
    response = Call("DELETE", path);
    EXPECT_EQ(response.status, 200) << key;
    EXPECT_EQ(Member(response.body, "key"), key);
    EXPECT_EQ(Call("GET", path).status, 404) << key;
  }
}

TEST_F(KeyEndpointsTest, BytesThatAreNoTextTravelAsBase64) {
  const std::string key = "\xFF/\x80";
  HttpResponse response =
      Call("POST", "/keys", R"({"key_base64":"/y+A","value_base64":"gAD/"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key_base64":"/y+A","version":"1"})");
  EXPECT_EQ(Stored(key), std::string("\x80\0\xFF", 3));
  response = Call("GET", "/keys/%FF%2F%80");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"({"key_base64":"/y+A","value_base64":"gAD/","version":"1"})");
  response = Call("DELETE", "/keys/%ff%2f%80");
  EXPECT_EQ(response.body, R"({"key_base64":"/y+A","version":"2"})");
}

TEST_F(KeyEndpointsTest, AllBytesSurviveAValue) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string body =
      R"({"key":"k","value_base64":")" + Base64Encode(bytes) + "\"}";
  ASSERT_EQ(Call("POST", "/keys", body).status, 200);
  EXPECT_EQ(Base64Decode(Member(Call("GET", "/keys/k").body, "value_base64")),
            bytes);
}

TEST_F(KeyEndpointsTest, AnEmptyKeyIsRefused) {
  EXPECT_EQ(Call("GET", "/keys/").status, 400);
  EXPECT_EQ(Call("DELETE", "/keys/").status, 400);
}

TEST_F(KeyEndpointsTest, KeysAndValuesAboveTheLimitAreRefused) {
  Limits limits;
  limits.key_bytes_max = 4;
  limits.value_bytes_max = 8;
  Recreate(limits);
  const auto post = [this](const std::string& key, const std::string& value) {
    return Call("POST", "/keys",
                R"({"key":")" + key + R"(","value":")" + value + "\"}");
  };
  EXPECT_EQ(post("kkkk", "vvvvvvvv").status, 200);
  EXPECT_EQ(Reason(post("kkkkk", "v").body), "KEY_TOO_LARGE");
  EXPECT_EQ(Reason(post("k", "vvvvvvvvv").body), "VALUE_TOO_LARGE");
  EXPECT_EQ(Call("GET", "/keys/kkkkk").status, 400);
}

TEST_F(KeyEndpointsTest, SearchByPrefixAnswersRecordsInOrder) {
  for (const char* key : {"usr:2", "usr:1", "us", "xusr", "usr"}) Put(key, "v");
  EXPECT_EQ(Found("/keys/search?q=usr&prefix=true"),
            (Keys{"usr", "usr:1", "usr:2"}));
  Put("zz", "w");
  EXPECT_EQ(Call("GET", "/keys/search?q=zz&prefix=true").body,
            R"({"records":[{"key":"zz","value":"w","version":"6"}],)"
            R"("nextPageToken":""})");
}

TEST_F(KeyEndpointsTest, SearchFindsKeysThatContainTheText) {
  for (const char* key : {"usr:1", "xusr", "us", "xusrx"}) Put(key, "v");
  const Keys found = {"usr:1", "xusr", "xusrx"};
  EXPECT_EQ(Found("/keys/search?q=usr"), found);
  EXPECT_EQ(Found("/keys/search?q=usr&prefix=false"), found);
}

TEST_F(KeyEndpointsTest, SearchOfNothingIsTheWholeStore) {
  EXPECT_EQ(Call("GET", "/keys/search?q=").body,
            R"({"records":[],"nextPageToken":""})");
  Put("a", "v");
  Put("b", "v");
  EXPECT_EQ(Found("/keys/search?q="), (Keys{"a", "b"}));
  EXPECT_EQ(Found("/keys/search?q=&prefix=true"), (Keys{"a", "b"}));
}

TEST_F(KeyEndpointsTest, SearchTextIsDecoded) {
  Put("a b/c", "v");
  Put("a+b", "v");
  EXPECT_EQ(Found("/keys/search?q=a+b%2F"), (Keys{"a b/c"}));
  EXPECT_EQ(Found("/keys/search?q=a%2Bb"), (Keys{"a+b"}));
  Put("\xFFx", "v");
  EXPECT_NE(
      Call("GET", "/keys/search?q=%FF").body.find(R"("key_base64":"/3g=")"),
      std::string::npos);
}

TEST_F(KeyEndpointsTest, SearchWithoutATextIsTheKeyNamedSearch) {
  EXPECT_EQ(Call("GET", "/keys/search").status, 404);
  Put("search", "found");
  EXPECT_EQ(Member(Call("GET", "/keys/search").body, "value"), "found");
  EXPECT_EQ(Member(Call("GET", "/keys/search?prefix=true").body, "value"),
            "found");
}

TEST_F(KeyEndpointsTest, SearchIsPagedOverOneSnapshot) {
  for (const char* key : {"k1", "k2", "k3", "k4", "k5"}) Put(key, "v");
  std::string token;
  Keys all;
  int pages = 0;
  do {
    const std::string target =
        "/keys/search?q=k&pageSize=2&pageToken=" + PercentEncode(token);
    const HttpResponse response = Call("GET", target);
    ASSERT_EQ(response.status, 200) << response.body;
    ASSERT_OK_AND_ASSIGN(const JsonValue body, ParseJson(response.body));
    for (const JsonValue& record : body.Find("records")->items) {
      all.push_back(record.Find("key")->text);
    }
    token = body.Find("nextPageToken")->text;
    if (++pages == 1) Put("k2x", "too late");
    ASSERT_LE(pages, 4);
  } while (!token.empty());
  EXPECT_EQ(all, (Keys{"k1", "k2", "k3", "k4", "k5"}));
  EXPECT_GE(pages, 3);
}

TEST_F(KeyEndpointsTest, SearchOfABadQueryIsRefused) {
  for (const char* query :
       {"q=%", "q=%4", "q=a&prefix=yes", "q=a&prefix=", "q=a&pageSize=-1",
        "q=a&pageSize=x", "q=a&pageSize=", "q=a&pageSize=1.5",
        "q=a&pageSize=99999999999", "q=a&pageSize=%201", "q=a&pageSize=%2B1",
        "q=a&pageToken=bogus"}) {
    const HttpResponse response =
        Call("GET", std::string("/keys/search?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(Member(response.body, "code"), "3") << query;
  }
}

TEST_F(KeyEndpointsTest, StatsHasTheDocumentedNumbers) {
  engine::Stats stats;
  stats.memtable_bytes = 1025;
  stats.immutable_memtable_bytes = 1024;
  stats.memtable_limit_bytes = 4096;
  stats.levels.resize(2);
  stats.levels[0] = {.files = 1, .bytes = 1024, .records = 10};
  stats.levels[1] = {.files = 2, .bytes = 2048, .records = 20};
  stats.wal_bytes = 1;
  store_.SetStats(stats);
  Put("a", "v");
  Put("b", "v");
  const HttpResponse response = Call("GET", "/stats_all");
  EXPECT_EQ(response.status, 200);
  const std::pair<const char*, const char*> kExpected[] = {
      {"mem_records", "2"},     {"mem_kb", "3"},
      {"sst_files", "3"},       {"sst_records", "30"},
      {"sst_kb", "3"},          {"wal_kb", "1"},
      {"total_records", "32"},  {"memtable_max_size", "4096"},
      {"background_error", ""},
  };
  ASSERT_OK_AND_ASSIGN(const JsonValue body, ParseJson(response.body));
  for (const auto& [name, value] : kExpected) {
    ASSERT_NE(body.Find(name), nullptr) << name;
    EXPECT_EQ(body.Find(name)->text, value) << name;
  }
  EXPECT_EQ(body.Find("mem_kb")->kind, JsonValue::Kind::kNumber);
}

TEST_F(KeyEndpointsTest, HealthzTellsWhetherWritesAreTaken) {
  HttpResponse response = Call("GET", "/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":"SERVING"})");
  store_.FailWrites(absl::ResourceExhaustedError("disk full"));
  response = Call("GET", "/healthz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, R"({"status":"NOT_SERVING"})");
}

TEST_F(KeyEndpointsTest, ErrorsOfTheStoreAreMapped) {
  store_.FailReads(absl::DataLossError("bad block"));
  EXPECT_EQ(Call("GET", "/keys/a").status, 500);
  EXPECT_EQ(Member(Call("GET", "/keys/a").body, "code"), "15");
  EXPECT_EQ(Call("GET", "/keys/search?q=a").status, 500);
  store_.FailWrites(absl::ResourceExhaustedError("disk full"));
  EXPECT_EQ(Call("POST", "/keys", R"({"key":"k","value":"v"})").status, 429);
  EXPECT_EQ(Call("DELETE", "/keys/k").status, 429);
}

}  // namespace
}  // namespace lsmkv::service
