#include "service/rest/url.h"

#include "absl/status/status.h"

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status BadUrl(std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_URL", message);
}

// The text up to `separator`, which is taken from `rest` with it.
std::string_view TakeUntil(char separator, std::string_view* rest) {
  const size_t end = rest->find(separator);
  const std::string_view piece = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return piece;
}

absl::Status ParseQuery(std::string_view text, Url* url) {
  while (!text.empty()) {
    std::string_view value = TakeUntil('&', &text);
    if (value.empty()) continue;
    const std::string_view name = TakeUntil('=', &value);
    auto decoded_name = PercentDecode(name, /*plus_is_space=*/true);
    if (!decoded_name.ok()) return decoded_name.status();
    auto decoded_value = PercentDecode(value, /*plus_is_space=*/true);
    if (!decoded_value.ok()) return decoded_value.status();
    url->query.emplace_back(*std::move(decoded_name),
                            *std::move(decoded_value));
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string_view> Url::Find(std::string_view name) const {
  for (const auto& [parameter, value] : query) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

absl::StatusOr<Url> ParseUrl(std::string_view target) {
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || c == '#') {
      return BadUrl("the request target holds a character it may not hold");
    }
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.substr(0, scheme.size()) == scheme) {
      const size_t path = target.find_first_of("/?", scheme.size());
      target = path == std::string_view::npos ? "/" : target.substr(path);
      break;
    }
  }
  if (target.empty() || target[0] != '/') {
    return BadUrl("the request target is no path");
  }
  const size_t query = target.find('?');
  std::string_view path = target.substr(1, query - 1);
  Url url;
  bool more = true;
  while (more) {
    more = path.find('/') != std::string_view::npos;
    auto segment = PercentDecode(TakeUntil('/', &path), false);
    if (!segment.ok()) return segment.status();
    url.segments.push_back(*std::move(segment));
  }
  if (query != std::string_view::npos) {
    absl::Status status = ParseQuery(target.substr(query + 1), &url);
    if (!status.ok()) return status;
  }
  return url;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text,
                                          bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return BadUrl("a '%' in the URL is not followed by two hex digits");
      }
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

}  // namespace lsmkv::service
