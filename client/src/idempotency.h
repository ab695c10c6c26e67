// What may be repeated, and how long what may take: the facts about each
// operation that the retry loop decides by. client/README.md has them as a
// table, and a test compares the two.

#ifndef LSMKV_CLIENT_SRC_IDEMPOTENCY_H_
#define LSMKV_CLIENT_SRC_IDEMPOTENCY_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "lsmkv/client/options.h"

namespace lsmkv::client {

enum class Operation : uint8_t {
  kGet,
  kBatchGet,
  kScan,
  kScanPage,
  kPut,
  kDelete,
  kDeleteRange,
  kBatchWrite,
  kAsyncGet,
  kAsyncPut,
  kAsyncWrite,
  kGetStats,
  kGetLimits,
  kFlush,
  kCompact,
  kVerify,
  kHealth,
};

// When an operation that failed may have to be sent again.
enum class Repeat : uint8_t {
  kAlways,      // changes no data
  kIfAskedFor,  // a write: CallOptions::retry_writes
  kNever,
};

// Name as in class Client.
std::string_view OperationName(Operation operation);
Repeat RepeatOf(Operation operation);
// True for what takes CallOptions::long_timeout.
bool IsLong(Operation operation);

// CallOptions with every decision made for one call.
struct CallSettings {
  std::chrono::milliseconds timeout;          // 0: none
  std::chrono::milliseconds attempt_timeout;  // 0: none
  bool may_retry;
  std::unique_ptr<RetryPolicy> retry_policy;
  std::unique_ptr<BackoffPolicy> backoff_policy;
};
CallSettings Resolve(Operation operation, const CallOptions& options);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_IDEMPOTENCY_H_
