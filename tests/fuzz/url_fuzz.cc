// What a request's first line and head may say: targets, percent encoding,
// base64, header fields.

#include <string>
#include <utility>

#include "service/http/http_head.h"
#include "service/rest/text.h"
#include "service/rest/url.h"
#include "tests/fuzz/fuzz_input.h"

namespace lsmkv::fuzz {
namespace {

using service::HttpRequest;
using service::HttpResponse;

std::string PercentEncode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

// Any bytes can be a segment, a name and a value.
void CheckUrl(std::string_view target) {
  const auto url = service::ParseUrl(target);
  if (!url.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(url.status()));
    return;
  }
  FUZZ_CHECK(!url->segments.empty());
  std::string again;
  for (const std::string& segment : url->segments) {
    again += "/" + PercentEncode(segment);
  }
  char separator = '?';
  for (const auto& [name, value] : url->query) {
    again += separator + PercentEncode(name) + "=" + PercentEncode(value);
    separator = '&';
  }
  const auto same = service::ParseUrl(again);
  FUZZ_CHECK(same.ok());
  FUZZ_CHECK(same->segments == url->segments);
  FUZZ_CHECK(same->query == url->query);
}

void CheckText(std::string_view bytes) {
  const std::string base64 = service::Base64Encode(bytes);
  FUZZ_CHECK(service::Base64Decode(base64) == bytes);
  if (const auto decoded = service::Base64Decode(bytes)) {
    // What two encoders could write differently is padding and alphabet only.
    std::string text(bytes);
    for (char& c : text) c = c == '-' ? '+' : (c == '_' ? '/' : c);
    while (text.size() % 4 != 0) text.push_back('=');
    FUZZ_CHECK(service::Base64Encode(*decoded) == text);
  }
  FUZZ_CHECK(service::PercentDecode(PercentEncode(bytes), false).value() ==
             bytes);
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t n = service::Utf8SequenceBytes(bytes.substr(at));
    FUZZ_CHECK(n <= 4 && at + n <= bytes.size());
    if (n == 0) break;
    at += n;
  }
  FUZZ_CHECK(service::IsUtf8(bytes) == (at == bytes.size()));
}

void CheckHead(FuzzInput* in) {
  HttpRequest request;
  const int version = static_cast<int>(in->Below(4)) + 9;
  static constexpr std::string_view kNames[] = {
      "Host", "content-length", "Transfer-Encoding", "EXPECT", "X"};
  for (size_t n = in->Below(8); n > 0; --n) {
    const size_t i = in->Below(6);
    request.headers.push_back({std::string(i < 5 ? kNames[i] : in->String()),
                               std::string(in->String())});
  }
  auto refused = service::CheckRequestHead(request, version, 6);
  if (refused) {
    FUZZ_CHECK(refused->status >= 400 && refused->status < 600);
    const std::string head = service::FormatResponseHead(
        *refused, service::BodyFraming::kLength, in->Bool());
    FUZZ_CHECK(head.substr(0, 9) == "HTTP/1.1 ");
    FUZZ_CHECK(head.find("\r\n\r\n") == head.size() - 4);
    return;
  }
  FUZZ_CHECK(version == 10 || version == 11);
  FUZZ_CHECK(!(service::FindHeader(request.headers, "content-length") &&
               service::FindHeader(request.headers, "transfer-encoding")));
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  switch (in.Below(3)) {
    case 0:
      lsmkv::fuzz::CheckUrl(in.Rest());
      break;
    case 1:
      lsmkv::fuzz::CheckText(in.Rest());
      break;
    default:
      lsmkv::fuzz::CheckHead(&in);
  }
  return 0;
}
