// The two messages of grpc.health.v1.Health.Check, by hand: that protocol's
// generated code must exist only once in a process, and programs that link
// this library may bring their own.

#ifndef LSMKV_CLIENT_SRC_HEALTH_CODEC_H_
#define LSMKV_CLIENT_SRC_HEALTH_CODEC_H_

#include <string>

#include "absl/status/statusor.h"

#include "lsmkv/client/types.h"

namespace lsmkv::client {

inline constexpr char kHealthMethod[] = "/grpc.health.v1.Health/Check";

// A request about the whole server: the empty message.
inline constexpr char kHealthRequest[] = "";

// A HealthCheckResponse. INTERNAL if it is not one.
absl::StatusOr<HealthState> ParseHealthResponse(const std::string& encoded);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_HEALTH_CODEC_H_
