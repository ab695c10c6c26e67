#include "service/grpc/rpc_workers.h"

#include <utility>

#include "service/core/error.h"

namespace lsmkv::service {

RpcWorkers::RpcWorkers(int threads, size_t queued_max)
    : queued_max_(queued_max), pool_(threads) {}

absl::Status RpcWorkers::Submit(Job job) {
  if (pool_.TryPost(std::move(job), queued_max_)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                   "the server has too many calls waiting; try later");
}

void RpcWorkers::Continue(Job job) { pool_.Post(std::move(job)); }

}  // namespace lsmkv::service
