// RestTest: a RestHandler over a store in memory, called without a socket.

#ifndef LSMKV_TESTS_SERVICE_REST_REST_FIXTURE_H_
#define LSMKV_TESTS_SERVICE_REST_REST_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gtest/gtest.h"

#include "service/core/kv_core.h"
#include "service/rest/json.h"
#include "service/rest/rest_handler.h"
#include "service/rest/text.h"
#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {

class RestTest : public ::testing::Test {
 protected:
  void SetUp() override { Recreate(Limits()); }

  void Recreate(const Limits& limits) {
    core_ = std::make_unique<KvCore>(&store_, limits);
    ASSERT_OK_AND_ASSIGN(
        handler_, RestHandler::Create(core_.get(), ServerInfo{"1.2.3", {}}));
  }

  // The answer, which must be there when Handle() returns.
  HttpResponse Call(std::string method, std::string target,
                    std::string body = "", HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers = std::move(headers);
    std::optional<HttpResponse> answer;
    handler_->Handle(std::move(request), [&answer](HttpResponse response) {
      EXPECT_FALSE(answer.has_value()) << "answered twice";
      answer = std::move(response);
    });
    EXPECT_TRUE(answer.has_value()) << "not answered";
    return answer ? *std::move(answer) : HttpResponse();
  }

  void Put(std::string key, std::string value) {
    WriteRequest write;
    write.operations.push_back(
        {Operation::Kind::kPut, std::move(key), std::move(value)});
    store_.Write(std::move(write),
                 [](absl::StatusOr<uint64_t> version) { ASSERT_OK(version); });
  }

  // The value in the store, nothing where the key is absent.
  std::optional<std::string> Stored(std::string_view key) {
    absl::StatusOr<Value> value = store_.Get(key, nullptr);
    if (!value.ok()) return std::nullopt;
    return value->data;
  }

  testing::MemStore store_;
  std::unique_ptr<KvCore> core_;
  std::unique_ptr<RestHandler> handler_;
};

// The text or number of a member of a JSON object; "<none>" where there is no
// such member, "<bad>" where the text is not JSON.
inline std::string Member(std::string_view json, std::string_view name) {
  const absl::StatusOr<JsonValue> object = ParseJson(json);
  if (!object.ok()) return "<bad>";
  const JsonValue* member = object->Find(name);
  return member != nullptr ? member->text : "<none>";
}

// The reason of the ErrorInfo of an error body.
inline std::string Reason(std::string_view json) {
  const absl::StatusOr<JsonValue> object = ParseJson(json);
  if (!object.ok()) return "<bad>";
  const JsonValue* details = object->Find("details");
  if (details == nullptr || details->items.size() != 1) return "<none>";
  const JsonValue* reason = details->items[0].Find("reason");
  return reason != nullptr ? reason->text : "<none>";
}

}  // namespace lsmkv::service

#endif  // LSMKV_TESTS_SERVICE_REST_REST_FIXTURE_H_
