// One Verify: retried until its first message is there, never after.

#ifndef LSMKV_CLIENT_SRC_VERIFY_CALL_H_
#define LSMKV_CLIENT_SRC_VERIFY_CALL_H_

#include "absl/status/statusor.h"

#include "client/src/clock.h"
#include "client/src/idempotency.h"
#include "client/src/stub.h"
#include "lsmkv/client/connection.h"

namespace lsmkv::client {

// Calls `on_event` for every message, and returns the last numbers.
absl::StatusOr<VerifyProgress> RunVerify(Stub* stub, Clock* clock,
                                         CallSettings settings,
                                         const VerifyOptions& verify,
                                         const VerifyCallback& on_event);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_VERIFY_CALL_H_
