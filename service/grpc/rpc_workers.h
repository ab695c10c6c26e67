// RpcWorkers: a few threads for calls that may wait for a disk or take long,
// so that they do not hold up the threads that serve the network.
//
// The queue is bounded: what does not fit is refused at once, not kept.
//
// Threads: safe for concurrent use. Destruction runs what is queued first.

#ifndef LSMKV_SERVICE_GRPC_RPC_WORKERS_H_
#define LSMKV_SERVICE_GRPC_RPC_WORKERS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "lsmkv/engine/mutex.h"

namespace lsmkv::service {

class RpcWorkers {
 public:
  using Job = std::function<void()>;

  RpcWorkers(int threads, size_t queued_max);
  ~RpcWorkers();
  RpcWorkers(const RpcWorkers&) = delete;
  RpcWorkers& operator=(const RpcWorkers&) = delete;

  // RESOURCE_EXHAUSTED (OVERLOADED) where the queue is full.
  absl::Status Submit(Job job);
  // The same for a further step of work that has been let in already: it is
  // never refused. The caller bounds how many there are.
  void Continue(Job job);

 private:
  void Run();

  const size_t queued_max_;
  engine::Mutex mu_;
  engine::CondVar changed_;
  std::deque<Job> queue_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_RPC_WORKERS_H_
