#include "service/http/worker_pool.h"

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

void WorkerPool::Post(Task task) {
  {
    engine::MutexLock lock(&mu_);
    tasks_.push_back(std::move(task));
  }
  changed_.Signal();
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
