// RpcWorkers: a few threads for calls that may wait for a disk or take long,
// so that they do not hold up the threads that serve the network.
//
// The queue is bounded: what does not fit is refused at once, not kept.
//
// Threads: safe for concurrent use. Destruction runs what is queued first.

#ifndef LSMKV_SERVICE_GRPC_RPC_WORKERS_H_
#define LSMKV_SERVICE_GRPC_RPC_WORKERS_H_

#include <cstddef>

#include "absl/status/status.h"

#include "service/core/worker_pool.h"

namespace lsmkv::service {

class RpcWorkers {
 public:
  using Job = WorkerPool::Task;

  RpcWorkers(int threads, size_t queued_max);
  RpcWorkers(const RpcWorkers&) = delete;
  RpcWorkers& operator=(const RpcWorkers&) = delete;

  // RESOURCE_EXHAUSTED (OVERLOADED) where the queue is full.
  absl::Status Submit(Job job);
  // The same for a further step of work that has been let in already: it is
  // never refused. The caller bounds how many there are.
  void Continue(Job job);

 private:
  const size_t queued_max_;
  WorkerPool pool_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_RPC_WORKERS_H_
