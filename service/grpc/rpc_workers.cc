#include "service/grpc/rpc_workers.h"

#include <utility>

#include "service/core/error.h"

namespace lsmkv::service {

using engine::MutexLock;

RpcWorkers::RpcWorkers(int threads, size_t queued_max)
    : queued_max_(queued_max) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

RpcWorkers::~RpcWorkers() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status RpcWorkers::Submit(Job job) {
  {
    MutexLock lock(&mu_);
    if (queue_.size() >= queued_max_) {
      return MakeError(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                       "the server has too many calls waiting; try later");
    }
    queue_.push_back(std::move(job));
  }
  changed_.Signal();
  return absl::OkStatus();
}

void RpcWorkers::Continue(Job job) {
  {
    MutexLock lock(&mu_);
    queue_.push_back(std::move(job));
  }
  changed_.Signal();
}

void RpcWorkers::Run() {
  while (true) {
    Job job;
    {
      MutexLock lock(&mu_);
      while (queue_.empty() && !stopping_) changed_.Wait(&mu_);
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace lsmkv::service
