#include "service/grpc/rpc_call.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace lsmkv::service {
namespace {

bool IsServersFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal ||
         code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

}  // namespace

std::chrono::steady_clock::time_point DeadlineOf(
    const grpc::CallbackServerContext& context) {
  const gpr_timespec raw = context.raw_deadline();
  if (gpr_time_cmp(raw, gpr_inf_future(raw.clock_type)) == 0) {
    return std::chrono::steady_clock::time_point::max();
  }
  const gpr_timespec left =
      gpr_time_sub(gpr_convert_clock_type(raw, GPR_CLOCK_MONOTONIC),
                   gpr_now(GPR_CLOCK_MONOTONIC));
  // Any longer one is cut to the longest allowed; far ones would overflow.
  constexpr int64_t kLongestSeconds = 366LL * 24 * 3600;
  const int64_t seconds = std::clamp<int64_t>(left.tv_sec, -1, kLongestSeconds);
  return std::chrono::steady_clock::now() + std::chrono::seconds(seconds) +
         std::chrono::nanoseconds(left.tv_nsec);
}

CallRecord::CallRecord(const RpcEnvironment& environment, RpcId id)
    : observer_(environment.observer),
      logger_(environment.logger),
      id_(id),
      started_(std::chrono::steady_clock::now()) {
  observer_->OnStarted(index());
}

void CallRecord::Finish(const absl::Status& status) {
  const std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - started_;
  observer_->OnHandled(index(), static_cast<int>(status.code()), taken.count());
  if (!IsServersFault(status.code())) return;
  logger_->Event(LogLevel::kError, "rpc_failed",
                 {{"method", std::string(AllRpcMethods()[index()].method)},
                  {"code", absl::StatusCodeToString(status.code())},
                  {"message", std::string(status.message())}});
}

}  // namespace lsmkv::service
