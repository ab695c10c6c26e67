#include "service/http/http_head.h"

#include <ctime>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "service/core/error.h"
#include "service/rest/error_body.h"
#include "service/rest/http_status.h"

namespace lsmkv::service {
namespace {

size_t CountHeader(const HttpHeaders& headers, std::string_view name) {
  size_t count = 0;
  for (const HttpHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, {name.data(), name.size()})) {
      ++count;
    }
  }
  return count;
}

HttpResponse Refuse(int status, std::string_view message) {
  return ErrorResponse(status, MakeError(absl::StatusCode::kInvalidArgument,
                                         "INVALID_HTTP", message));
}

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string Date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  // The process never sets a locale: the names are English.
  const size_t size =
      std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return std::string(text, size);
}

}  // namespace

std::optional<HttpResponse> CheckRequestHead(const HttpRequest& head,
                                             int version, size_t fields_max) {
  const HttpHeaders& headers = head.headers;
  if (version != 10 && version != 11) {
    return Refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  if (headers.size() > fields_max) return Refuse(431, "too many header fields");
  const size_t hosts = CountHeader(headers, "Host");
  if (hosts > 1 || (hosts == 0 && version == 11)) {
    return Refuse(400, "exactly one Host is needed");
  }
  const size_t lengths = CountHeader(headers, "Content-Length");
  const size_t codings = CountHeader(headers, "Transfer-Encoding");
  if (lengths + codings > 1) {
    return Refuse(400, "the body's length is given more than once");
  }
  if (lengths == 1 && !IsNumber(*FindHeader(headers, "Content-Length"))) {
    return Refuse(400, "Content-Length is no number");
  }
  if (codings == 1) {
    const std::string_view coding = *FindHeader(headers, "Transfer-Encoding");
    if (version == 10 ||
        !absl::EqualsIgnoreCase({coding.data(), coding.size()}, "chunked")) {
      return Refuse(400, "the only transfer coding is chunked");
    }
  }
  if (const auto expect = FindHeader(headers, "Expect")) {
    if (!absl::EqualsIgnoreCase({expect->data(), expect->size()},
                                "100-continue")) {
      return Refuse(417, "the only expectation is 100-continue");
    }
  }
  return std::nullopt;
}

std::string FormatResponseHead(const HttpResponse& response,
                               BodyFraming framing, bool keep_alive) {
  const std::string_view reason = HttpReasonPhrase(response.status);
  std::string head = absl::StrCat("HTTP/1.1 ", response.status, " ",
                                  std::string(reason), "\r\nDate: ", Date(),
                                  "\r\nX-Content-Type-Options: nosniff\r\n");
  for (const HttpHeader& header : response.headers) {
    absl::StrAppend(&head, header.name, ": ", header.value, "\r\n");
  }
  if (framing == BodyFraming::kLength) {
    absl::StrAppend(&head, "Content-Length: ", response.body.size(), "\r\n");
  } else if (framing == BodyFraming::kChunked) {
    absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  }
  absl::StrAppend(&head, "Connection: ", keep_alive ? "keep-alive" : "close",
                  "\r\n\r\n");
  return head;
}

}  // namespace lsmkv::service
