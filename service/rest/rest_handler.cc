#include "service/rest/rest_handler.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"

#include "service/core/error.h"
#include "service/rest/error_body.h"
#include "service/rest/key_endpoints.h"
#include "service/rest/rpc_endpoints.h"
#include "service/rest/url.h"

namespace lsmkv::service {
namespace {

// The largest body where no route says more.
constexpr uint64_t kOtherBodyBytesMax = 1 << 20;

// Nanoseconds in a unit of Grpc-Timeout, 0 for other characters.
int64_t UnitNanoseconds(char unit) {
  switch (unit) {
    case 'H':
      return 3'600'000'000'000;
    case 'M':
      return 60'000'000'000;
    case 'S':
      return 1'000'000'000;
    case 'm':
      return 1'000'000;
    case 'u':
      return 1'000;
    case 'n':
      return 1;
    default:
      return 0;
  }
}

// Grpc-Timeout: at most eight digits and a unit.
std::optional<std::chrono::nanoseconds> ParseTimeout(std::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const int64_t unit = UnitNanoseconds(text.back());
  int64_t count = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + (c - '0');
  }
  if (unit == 0) return std::nullopt;
  using std::chrono::nanoseconds;
  if (count > nanoseconds::max().count() / unit) return nanoseconds::max();
  return nanoseconds(count * unit);
}

// When a request must be answered.
absl::StatusOr<std::chrono::steady_clock::time_point> DeadlineOf(
    const HttpRequest& request, const Route& route, const KvCore& core) {
  using std::chrono::steady_clock;
  const auto header = FindHeader(request.headers, "Grpc-Timeout");
  if (!header) {
    return core.DeadlineFor(steady_clock::time_point::max(), route.long_call);
  }
  const auto timeout = ParseTimeout(*header);
  if (!timeout) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_TIMEOUT",
                     "Grpc-Timeout is no number of at most eight digits and "
                     "one of the units H M S m u n");
  }
  // Capped before it is added: the sum must not overflow.
  const std::chrono::milliseconds longest(core.limits().deadline_max_ms);
  return core.DeadlineFor(
      steady_clock::now() +
          std::min<std::chrono::nanoseconds>(*timeout, longest),
      route.long_call);
}

HttpResponse NoRoute(const RouteTable::Match& match) {
  if (match.allowed_methods.empty()) {
    return ErrorResponse(MakeError(absl::StatusCode::kNotFound,
                                   "PATH_NOT_FOUND", "no such path"));
  }
  HttpResponse response = ErrorResponse(
      405, MakeError(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED",
                     "the path does not have this method"));
  response.headers.push_back(
      {"Allow", absl::StrJoin(match.allowed_methods, ", ")});
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RestHandler>> RestHandler::Create(
    KvCore* core, const ServerInfo& info) {
  std::unique_ptr<RestHandler> handler(new RestHandler(core));
  AddKeyRoutes(core, &handler->routes_);
  absl::Status status = AddRpcRoutes(MakeRpcBindings(core, info),
                                     core->limits(), &handler->routes_);
  if (!status.ok()) return status;
  return handler;
}

void RestHandler::Handle(HttpRequest request, HttpDone done) const {
  absl::StatusOr<Url> url = ParseUrl(request.target);
  if (!url.ok()) return std::move(done)(ErrorResponse(url.status()));
  RouteTable::Match match = routes_.Find(request.method, *url);
  if (match.route == nullptr) return std::move(done)(NoRoute(match));
  const Route& route = *match.route;
  HttpDone routed_done =
      [&route, done = std::move(done)](HttpResponse response) mutable {
        response.route = route.path_template;
        std::move(done)(std::move(response));
      };
  const auto deadline = DeadlineOf(request, route, *core_);
  if (!deadline.ok()) {
    return std::move(routed_done)(ErrorResponse(deadline.status()));
  }
  RestCall call;
  call.context.deadline = *deadline;
  call.context.cancelled = std::move(request.cancelled);
  call.request = std::move(request);
  call.url = *std::move(url);
  call.variables = std::move(match.variables);
  call.done = std::move(routed_done);
  route.handler(std::move(call));
}

uint64_t RestHandler::BodyBytesMax(std::string_view method,
                                   std::string_view target) const {
  const absl::StatusOr<Url> url = ParseUrl(target);
  if (!url.ok()) return kOtherBodyBytesMax;
  const RouteTable::Match match = routes_.Find(method, *url);
  return match.route != nullptr ? match.route->body_bytes_max
                                : kOtherBodyBytesMax;
}

}  // namespace lsmkv::service
