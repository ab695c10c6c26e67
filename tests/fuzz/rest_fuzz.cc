// The REST API without a socket, over a store in memory.
//
// The input is requests with a byte 0x1E between them, each a line with method
// and target, header lines, an empty line and the body; lines end in LF. Every
// request is answered once, what says that it is JSON is JSON, and in the end
// every record can be read under its key.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "service/core/kv_core.h"
#include "service/http/http_head.h"
#include "service/rest/json.h"
#include "service/rest/rest_handler.h"
#include "service/rest/text.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/mem_store.h"

namespace lsmkv::fuzz {
namespace {

using service::HttpRequest;
using service::HttpResponse;

constexpr size_t kRequestsMax = 16;

// The text before `separator`, which is taken from `rest` with it.
std::string_view Take(std::string_view* rest, char separator) {
  const size_t end = rest->find(separator);
  const std::string_view piece = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return piece;
}

HttpRequest ParseRequest(std::string_view text) {
  HttpRequest request;
  std::string_view line = Take(&text, '\n');
  request.method = std::string(Take(&line, ' '));
  request.target = std::string(line);
  while (!(line = Take(&text, '\n')).empty()) {
    const std::string_view name = Take(&line, ':');
    request.headers.push_back({std::string(name), std::string(line)});
  }
  request.body = std::string(text);
  return request;
}

service::Limits SmallLimits() {
  service::Limits limits;
  limits.key_bytes_max = 64;
  limits.value_bytes_max = 256;
  limits.batch_bytes_max = 512;
  limits.batch_operations_max = 16;
  limits.page_size_max = 4;
  limits.page_bytes_max = 256;
  limits.stream_chunk_bytes = 64;
  return limits;
}

class Server {
 public:
  Server() : core_(&store_, SmallLimits()) {
    auto handler = service::RestHandler::Create(&core_, {"1.2.3", {}});
    FUZZ_CHECK(handler.ok());
    handler_ = *std::move(handler);
  }

  HttpResponse Call(HttpRequest request) {
    std::optional<HttpResponse> answer;
    handler_->BodyBytesMax(request.method, request.target);
    handler_->Handle(std::move(request), [&answer](HttpResponse response) {
      FUZZ_CHECK(!answer.has_value());
      answer = std::move(response);
    });
    FUZZ_CHECK(answer.has_value());
    return *std::move(answer);
  }

  void CheckRecords() {
    const auto cursor = store_.Scan({});
    for (; cursor->Valid(); cursor->Next()) {
      HttpRequest request;
      request.method = "GET";
      request.target = "/keys/";
      for (const char c : cursor->key()) {
        static constexpr char kDigits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        request.target += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
      }
      const HttpResponse answer = Call(std::move(request));
      FUZZ_CHECK(answer.status == 200);
      const auto json = service::ParseJson(answer.body);
      FUZZ_CHECK(json.ok());
      FUZZ_CHECK(Bytes(*json, "key") == cursor->key());
      FUZZ_CHECK(Bytes(*json, "value") == cursor->value());
    }
  }

 private:
  static std::string Bytes(const service::JsonValue& object,
                           const std::string& name) {
    if (const auto* text = object.Find(name)) return text->text;
    const auto* base64 = object.Find(name + "_base64");
    FUZZ_CHECK(base64 != nullptr);
    return service::Base64Decode(base64->text).value();
  }

  testing::MemStore store_;
  service::KvCore core_;
  std::unique_ptr<service::RestHandler> handler_;
};

void CheckAnswer(HttpResponse* answer) {
  FUZZ_CHECK(answer->status >= 200 && answer->status < 600);
  FUZZ_CHECK(answer->status != 500);  // a mistake of ours
  const std::string head =
      service::FormatResponseHead(*answer, service::BodyFraming::kLength, true);
  FUZZ_CHECK(head.find("\r\n\r\n") == head.size() - 4);
  const auto type = service::FindHeader(answer->headers, "Content-Type");
  FUZZ_CHECK(type == "application/json");
  if (answer->stream == nullptr && answer->body.find("{\"result\"") != 0) {
    FUZZ_CHECK(answer->body.empty() || service::CheckJson(answer->body).ok());
    return;
  }
  std::string lines = answer->body;
  while (answer->stream != nullptr) {
    const auto more = answer->stream->Next();
    if (!more) break;
    FUZZ_CHECK(!more->empty());
    lines += *more;
  }
  std::string_view rest = lines;
  while (!rest.empty()) FUZZ_CHECK(service::CheckJson(Take(&rest, '\n')).ok());
}

void Run(std::string_view input) {
  Server server;
  for (size_t n = 0; n < kRequestsMax && !input.empty(); ++n) {
    HttpRequest request = ParseRequest(Take(&input, '\x1e'));
    if (service::CheckRequestHead(request, 10, 16)) continue;
    HttpResponse answer = server.Call(std::move(request));
    CheckAnswer(&answer);
  }
  server.CheckRecords();
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
