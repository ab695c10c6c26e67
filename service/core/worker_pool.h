// WorkerPool: threads that run tasks which may block, first come, first served.
//
// Post has no bound: whoever posts keeps the queue short. TryPost has one.
// Threads: safe for concurrent use.

#ifndef LSMKV_SERVICE_CORE_WORKER_POOL_H_
#define LSMKV_SERVICE_CORE_WORKER_POOL_H_

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"

#include "lsmkv/engine/mutex.h"

namespace lsmkv::service {

class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  explicit WorkerPool(int threads);
  // Runs what is queued, then ends.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Post(Task task) ABSL_LOCKS_EXCLUDED(mu_);
  // Drops the task and returns false where `queued_max` or more wait already.
  bool TryPost(Task task, size_t queued_max) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mu_);

  engine::Mutex mu_;
  engine::CondVar changed_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::vector<std::thread> threads_;  // const after construction
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_WORKER_POOL_H_
