#include "service/rest/error_body.h"

#include <string_view>

#include "service/core/error.h"
#include "service/rest/http_status.h"
#include "service/rest/json.h"
#include "service/rest/text.h"

namespace lsmkv::service {
namespace {

std::string Utf8Of(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = Utf8SequenceBytes(text);
    if (length == 0) {
      AppendUtf8(U'\uFFFD', &out);
      length = 1;
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string ErrorBody(const absl::Status& error) {
  const ErrorDetail detail = DetailOf(error);
  const std::string_view message(error.message().data(),
                                 error.message().size());
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("code").Number(static_cast<uint64_t>(error.code()));
  json.Key("message").String(Utf8Of(message));
  json.Key("details").BeginArray().BeginObject();
  json.Key("@type").String("type.googleapis.com/google.rpc.ErrorInfo");
  json.Key("reason").String(detail.reason);
  json.Key("domain").String(kErrorDomain);
  json.Key("metadata").BeginObject();
  for (const auto& [name, value] : detail.metadata) {
    json.Key(name).String(Utf8Of(value));
  }
  json.EndObject().EndObject().EndArray().EndObject();
  return body;
}

HttpResponse ErrorResponse(int status, const absl::Status& error) {
  HttpResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json"});
  if (status == 429 || status == 503) {
    response.headers.push_back({"Retry-After", "1"});
  }
  response.body = ErrorBody(error);
  return response;
}

HttpResponse ErrorResponse(const absl::Status& error) {
  return ErrorResponse(HttpStatusOf(error.code()), error);
}

}  // namespace lsmkv::service
