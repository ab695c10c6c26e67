#include "service/rest/key_endpoints.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "service/core/error.h"
#include "service/rest/error_body.h"
#include "service/rest/json.h"
#include "service/rest/stats_json.h"
#include "service/rest/text.h"

namespace lsmkv::service {
namespace {

absl::Status BadRequest(std::string_view reason, std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, message);
}

HttpResponse JsonResponse(std::string body) {
  HttpResponse response;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = std::move(body);
  return response;
}

void Answer(HttpDone done, absl::StatusOr<std::string> body) {
  std::move(done)(body.ok() ? JsonResponse(*std::move(body))
                            : ErrorResponse(body.status()));
}

// "name":"…", or "name_base64":"…" where the bytes are no text.
void AppendBytes(std::string_view name, std::string_view bytes,
                 JsonWriter* json) {
  if (IsUtf8(bytes)) {
    json->Key(name).String(bytes);
  } else {
    json->Key(std::string(name) + "_base64").String(Base64Encode(bytes));
  }
}

void AppendRecord(std::string_view key, std::string_view value,
                  uint64_t version, JsonWriter* json) {
  json->BeginObject();
  AppendBytes("key", key, json);
  AppendBytes("value", value, json);
  json->Key("version").String(std::to_string(version)).EndObject();
}

// Reads what AppendBytes wrote.
absl::StatusOr<std::string> TakeBytes(std::string_view name,
                                      const JsonValue& object) {
  const std::string base64_name = std::string(name) + "_base64";
  const JsonValue* text = object.Find(name);
  const JsonValue* base64 = object.Find(base64_name);
  if ((text == nullptr) == (base64 == nullptr)) {
    return BadRequest("INVALID_BODY",
                      absl::StrCat("exactly one of \"", std::string(name),
                                   "\" and \"", base64_name, "\" is needed"));
  }
  const JsonValue& found = text != nullptr ? *text : *base64;
  if (found.kind != JsonValue::Kind::kString) {
    return BadRequest("INVALID_BODY",
                      absl::StrCat("\"", std::string(name), "\" is no string"));
  }
  if (text != nullptr) return text->text;
  std::optional<std::string> bytes = Base64Decode(base64->text);
  if (!bytes) {
    return BadRequest("INVALID_BODY",
                      absl::StrCat("\"", base64_name, "\" is not base64"));
  }
  return *std::move(bytes);
}

absl::StatusOr<Durability> ParseDurability(
    std::optional<std::string_view> name) {
  if (!name) return Durability::kDefault;
  if (*name == "sync") return Durability::kSync;
  if (*name == "interval") return Durability::kInterval;
  if (*name == "os") return Durability::kOs;
  return BadRequest("INVALID_DURABILITY",
                    "durability is one of sync, interval and os");
}

// Runs a write of one key and answers {"key":…,"version":…}.
void WriteKey(KvCore* core, Operation operation, Durability durability,
              const CallContext& context, HttpDone done) {
  std::string key = operation.key;
  WriteRequest request;
  request.durability = durability;
  request.operations.push_back(std::move(operation));
  core->Write(context, std::move(request),
              [key = std::move(key), done = std::move(done)](
                  absl::StatusOr<uint64_t> version) mutable {
                if (!version.ok()) {
                  return Answer(std::move(done), version.status());
                }
                std::string body;
                JsonWriter json(&body);
                json.BeginObject();
                AppendBytes("key", key, &json);
                json.Key("version").String(std::to_string(*version));
                json.EndObject();
                Answer(std::move(done), std::move(body));
              });
}

void GetKey(KvCore* core, RestCall call) {
  const std::string& key = call.variables["key"];
  absl::StatusOr<Value> value = core->Get(call.context, key);
  if (!value.ok()) return Answer(std::move(call.done), value.status());
  std::string body;
  JsonWriter json(&body);
  AppendRecord(key, value->data, value->version, &json);
  Answer(std::move(call.done), std::move(body));
}

struct PutBody {
  Operation operation;
  Durability durability = Durability::kDefault;
};

absl::StatusOr<PutBody> ParsePutBody(std::string_view text) {
  absl::StatusOr<JsonValue> object = ParseJson(text);
  if (!object.ok()) return object.status();
  if (object->kind != JsonValue::Kind::kObject) {
    return BadRequest("INVALID_BODY", "the body is no JSON object");
  }
  absl::StatusOr<std::string> key = TakeBytes("key", *object);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> value = TakeBytes("value", *object);
  if (!value.ok()) return value.status();
  std::optional<std::string_view> durability_name;
  if (const JsonValue* member = object->Find("durability")) {
    durability_name = member->text;
  }
  absl::StatusOr<Durability> durability = ParseDurability(durability_name);
  if (!durability.ok()) return durability.status();
  return PutBody{{Operation::Kind::kPut, *std::move(key), *std::move(value)},
                 *durability};
}

void PutKey(KvCore* core, RestCall call) {
  absl::StatusOr<PutBody> put = ParsePutBody(call.request.body);
  if (!put.ok()) return Answer(std::move(call.done), put.status());
  call.request.body = std::string();  // not held while the write waits
  WriteKey(core, std::move(put->operation), put->durability, call.context,
           std::move(call.done));
}

void DeleteKey(KvCore* core, RestCall call) {
  const absl::StatusOr<Durability> durability =
      ParseDurability(call.url.Find("durability"));
  if (!durability.ok())
    return Answer(std::move(call.done), durability.status());
  WriteKey(core, {Operation::Kind::kDelete, call.variables["key"], ""},
           *durability, call.context, std::move(call.done));
}

absl::StatusOr<ScanRequest> ParseSearch(const Url& url) {
  ScanRequest request;
  const std::string query(url.Find("q").value_or(""));
  const std::string_view prefix = url.Find("prefix").value_or("false");
  if (prefix == "true" || prefix == "1") {
    request.range.prefix = query;
  } else if (prefix == "false" || prefix == "0") {
    request.key_contains = query;
  } else {
    return BadRequest("INVALID_QUERY", "prefix is true or false");
  }
  if (const auto size = url.Find("pageSize")) {
    const std::string text(*size);
    // SimpleAtoi alone takes signs and spaces.
    if (text.find_first_not_of("0123456789") != std::string::npos ||
        !absl::SimpleAtoi(text, &request.page_size)) {
      return BadRequest("INVALID_QUERY", "pageSize is no number of records");
    }
  }
  request.page_token = std::string(url.Find("pageToken").value_or(""));
  return request;
}

void Search(KvCore* core, RestCall call) {
  const absl::StatusOr<ScanRequest> request = ParseSearch(call.url);
  if (!request.ok()) return Answer(std::move(call.done), request.status());
  const absl::StatusOr<ScanPage> page = core->Scan(call.context, *request);
  if (!page.ok()) return Answer(std::move(call.done), page.status());
  std::string body;
  JsonWriter json(&body);
  json.BeginObject().Key("records").BeginArray();
  for (const Record& record : page->records) {
    AppendRecord(record.key, record.value, record.version, &json);
  }
  json.EndArray().Key("nextPageToken").String(page->next_page_token);
  json.EndObject();
  Answer(std::move(call.done), std::move(body));
}

void Healthz(KvCore* core, RestCall call) {
  const bool serving = core->Health().ok();
  HttpResponse response = JsonResponse(serving ? R"({"status":"SERVING"})"
                                               : R"({"status":"NOT_SERVING"})");
  response.status = serving ? 200 : 503;
  std::move(call.done)(std::move(response));
}

// The largest body of POST /keys: a key and a value, of which JSON may escape
// every byte as \u00XX, and the rest of the object.
uint64_t PutBodyBytesMax(const Limits& limits) {
  constexpr uint64_t kEscapedBytes = 6;
  constexpr uint64_t kRest = 64 << 10;
  return (limits.key_bytes_max + limits.value_bytes_max) * kEscapedBytes +
         kRest;
}

}  // namespace

void AddKeyRoutes(KvCore* core, RouteTable* table) {
  using Endpoint = void (*)(KvCore*, RestCall);
  const auto add = [core, table](std::string method, std::string path,
                                 Endpoint endpoint,
                                 std::string parameter = "") {
    Route route;
    route.method = std::move(method);
    route.path_template = std::move(path);
    route.required_parameter = std::move(parameter);
    route.body_bytes_max = PutBodyBytesMax(core->limits());
    route.handler = [core, endpoint](RestCall call) {
      endpoint(core, std::move(call));
    };
    table->Add(std::move(route));
  };
  // Without q, "search" is a key like any other.
  add("GET", "/keys/search", &Search, "q");
  add("GET", "/keys/{key}", &GetKey);
  add("DELETE", "/keys/{key}", &DeleteKey);
  add("POST", "/keys", &PutKey);
  add("GET", "/stats_all", [](KvCore* kv, RestCall call) {
    Answer(std::move(call.done), StatsJson(kv->GetStats()));
  });
  add("GET", "/healthz", &Healthz);
}

}  // namespace lsmkv::service
