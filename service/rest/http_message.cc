#include "service/rest/http_message.h"

#include "absl/strings/match.h"

namespace lsmkv::service {

std::optional<std::string_view> FindHeader(const HttpHeaders& headers,
                                           std::string_view name) {
  for (const HttpHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, {name.data(), name.size()})) {
      return header.value;
    }
  }
  return std::nullopt;
}

}  // namespace lsmkv::service
