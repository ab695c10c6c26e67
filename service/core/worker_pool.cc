#include "service/core/worker_pool.h"

#include <cstdint>
#include <utility>

namespace lsmkv::service {

WorkerPool::WorkerPool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  {
    engine::MutexLock lock(&mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Post(Task task) { TryPost(std::move(task), SIZE_MAX); }

bool WorkerPool::TryPost(Task task, size_t queued_max) {
  {
    engine::MutexLock lock(&mu_);
    if (tasks_.size() >= queued_max) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.Signal();
  return true;
}

void WorkerPool::Run() {
  while (true) {
    Task task;
    {
      engine::MutexLock lock(&mu_);
      while (tasks_.empty()) {
        if (stopping_) return;
        changed_.Wait(&mu_);
      }
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    std::move(task)();
  }
}

}  // namespace lsmkv::service
