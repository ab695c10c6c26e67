#include "service/rest/routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"

namespace lsmkv::service {
namespace {

bool IsVariable(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::optional<PathVariables> MatchSegments(
    const std::vector<std::string>& pattern,
    const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  PathVariables variables;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsVariable(pattern[i])) {
      variables[pattern[i].substr(1, pattern[i].size() - 2)] = segments[i];
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return variables;
}

void AddOnce(std::string_view method, std::vector<std::string>* methods) {
  if (std::find(methods->begin(), methods->end(), method) == methods->end()) {
    methods->emplace_back(method);
  }
}

}  // namespace

void RouteTable::Add(Route route) {
  segments_.push_back(
      absl::StrSplit(absl::string_view(route.path_template).substr(1), '/'));
  routes_.push_back(std::move(route));
}

RouteTable::Match RouteTable::Find(std::string_view method,
                                   const Url& url) const {
  if (method == "HEAD") method = "GET";
  Match match;
  for (size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    auto variables = MatchSegments(segments_[i], url.segments);
    if (!variables) continue;
    if (!route.required_parameter.empty() &&
        !url.Find(route.required_parameter)) {
      continue;
    }
    if (route.method == method) {
      match.route = &route;
      match.variables = *std::move(variables);
      match.allowed_methods.clear();
      return match;
    }
    AddOnce(route.method, &match.allowed_methods);
    if (route.method == "GET") AddOnce("HEAD", &match.allowed_methods);
  }
  return match;
}

}  // namespace lsmkv::service
