// Request targets: path segments and query parameters, decoded.
//
// A path is split before it is decoded, and never normalised: a key may hold
// slashes ("%2F"), dots and any other byte. Errors are INVALID_ARGUMENT
// (INVALID_URL).

#ifndef LSMKV_SERVICE_REST_URL_H_
#define LSMKV_SERVICE_REST_URL_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace lsmkv::service {

struct Url {
  // Of "/keys/a%2Fb": "keys" and "a/b"; of "/keys/": "keys" and "".
  std::vector<std::string> segments;
  // In the order of the text; "?q" is q with an empty value.
  std::vector<std::pair<std::string, std::string>> query;

  // The first parameter of that name. The view lives as long as the Url.
  std::optional<std::string_view> Find(std::string_view name) const;
};

// Takes "/path?query" and the absolute form "http://host/path?query".
absl::StatusOr<Url> ParseUrl(std::string_view target);

// "%41" is "A"; all 256 bytes can be written so. A '%' without two hex digits
// is an error. In queries '+' is a space.
absl::StatusOr<std::string> PercentDecode(std::string_view text,
                                          bool plus_is_space);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_REST_URL_H_
