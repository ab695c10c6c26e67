// Status helpers: building errors from std::string_view pieces (the only place
// where std types meet absl's own string_view), the two propagation macros, and
// the checks that guard the engine's own invariants.

#ifndef LSMKV_ENGINE_SRC_UTIL_STATUS_H_
#define LSMKV_ENGINE_SRC_UTIL_STATUS_H_

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::engine {

// Joins strings and integers into one string.
template <typename... Args>
std::string Concat(const Args&... args) {
  std::string out;
  auto add = [&out](const auto& arg) {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(arg)>>) {
      out += std::to_string(arg);
    } else {
      out += std::string_view(arg);
    }
  };
  (add(args), ...);
  return out;
}

template <typename... Args>
absl::Status MakeStatus(absl::StatusCode code, const Args&... args) {
  const std::string message = Concat(args...);
  return absl::Status(code, absl::string_view(message.data(), message.size()));
}

template <typename... Args>
absl::Status InvalidArgument(const Args&... args) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, args...);
}
template <typename... Args>
absl::Status FailedPrecondition(const Args&... args) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, args...);
}
template <typename... Args>
absl::Status Internal(const Args&... args) {
  return MakeStatus(absl::StatusCode::kInternal, args...);
}
// Bytes on disk are damaged. The one error every decoder returns.
template <typename... Args>
absl::Status DataLoss(std::string_view path, uint64_t offset,
                      const Args&... what) {
  return MakeStatus(absl::StatusCode::kDataLoss, path, ": offset ", offset,
                    ": ", what...);
}
// The error of a failed sync, which nobody may try again: what it should have
// saved may be lost by then. RESOURCE_EXHAUSTED, which invites that, becomes
// INTERNAL.
inline absl::Status NeverRetried(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return status;
  return absl::Status(absl::StatusCode::kInternal, status.message());
}
// Absent: without a message, so that nothing is allocated.
inline absl::Status NotFound() {
  return absl::Status(absl::StatusCode::kNotFound, "");
}

}  // namespace lsmkv::engine

#define LSMKV_RETURN_IF_ERROR(expr)        \
  do {                                     \
    absl::Status lsmkv_status = (expr);    \
    if (!lsmkv_status.ok()) [[unlikely]] { \
      return lsmkv_status;                 \
    }                                      \
  } while (false)

#define LSMKV_CONCAT_INNER(a, b) a##b
#define LSMKV_CONCAT(a, b) LSMKV_CONCAT_INNER(a, b)
#define LSMKV_ASSIGN_OR_RETURN(lhs, expr) \
  LSMKV_ASSIGN_OR_RETURN_IMPL(LSMKV_CONCAT(lsmkv_or_, __LINE__), lhs, expr)
#define LSMKV_ASSIGN_OR_RETURN_IMPL(var, lhs, expr) \
  auto var = (expr);                                \
  if (!var.ok()) [[unlikely]] {                     \
    return std::move(var).status();                 \
  }                                                 \
  lhs = *std::move(var)

// Always on: guards what must never go wrong silently. Never used on bytes
// from disk or from a caller.
#define LSMKV_CHECK(condition)                                              \
  do {                                                                      \
    if (!(condition)) [[unlikely]] {                                        \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, \
                   #condition);                                             \
      std::abort();                                                         \
    }                                                                       \
  } while (false)

// The same in builds for development and test.
#ifdef NDEBUG
#define LSMKV_DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#else
#define LSMKV_DCHECK(condition) LSMKV_CHECK(condition)
#endif

#endif  // LSMKV_ENGINE_SRC_UTIL_STATUS_H_
