#include "client/src/idempotency.h"

namespace lsmkv::client {
namespace {

struct Row {
  std::string_view name;
  Repeat repeat;
  bool is_long;
};

// No default branch: the compiler names the operation that has no row.
Row RowOf(Operation operation) {
  switch (operation) {
    case Operation::kGet:
      return {"Get", Repeat::kAlways, false};
    case Operation::kBatchGet:
      return {"BatchGet", Repeat::kAlways, false};
    case Operation::kScan:
      return {"Scan", Repeat::kAlways, true};
    case Operation::kScanPage:
      return {"ScanPage", Repeat::kAlways, false};
    case Operation::kPut:
      return {"Put", Repeat::kIfAskedFor, false};
    case Operation::kDelete:
      return {"Delete", Repeat::kIfAskedFor, false};
    case Operation::kDeleteRange:
      return {"DeleteRange", Repeat::kIfAskedFor, false};
    case Operation::kBatchWrite:
      return {"BatchWrite", Repeat::kIfAskedFor, false};
    case Operation::kAsyncGet:
      return {"AsyncGet", Repeat::kNever, false};
    case Operation::kAsyncPut:
      return {"AsyncPut", Repeat::kNever, false};
    case Operation::kAsyncWrite:
      return {"AsyncWrite", Repeat::kNever, false};
    case Operation::kGetStats:
      return {"GetStats", Repeat::kAlways, false};
    case Operation::kGetLimits:
      return {"GetLimits", Repeat::kAlways, false};
    case Operation::kFlush:
      return {"Flush", Repeat::kAlways, true};
    case Operation::kCompact:
      return {"Compact", Repeat::kAlways, true};
    case Operation::kVerify:
      return {"Verify", Repeat::kAlways, true};
    case Operation::kHealth:
      // Asks about this moment; a later answer would be another question's.
      return {"Health", Repeat::kNever, false};
  }
  return {"unknown", Repeat::kNever, false};
}

}  // namespace

std::string_view OperationName(Operation operation) {
  return RowOf(operation).name;
}

Repeat RepeatOf(Operation operation) { return RowOf(operation).repeat; }

bool IsLong(Operation operation) { return RowOf(operation).is_long; }

CallSettings Resolve(Operation operation, const CallOptions& options) {
  const CallOptions full = MergeOptions(options, DefaultCallOptions());
  CallSettings settings;
  settings.timeout = IsLong(operation) ? *full.long_timeout : *full.timeout;
  settings.attempt_timeout = *full.attempt_timeout;
  const Repeat repeat = RepeatOf(operation);
  settings.may_retry = repeat == Repeat::kAlways ||
                       (repeat == Repeat::kIfAskedFor && *full.retry_writes);
  settings.retry_policy = full.retry_policy->Clone();
  settings.backoff_policy = full.backoff_policy->Clone();
  return settings;
}

}  // namespace lsmkv::client
