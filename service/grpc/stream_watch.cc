#include "service/grpc/stream_watch.h"

namespace lsmkv::service {

using engine::MutexLock;

StreamWatch::StreamWatch(std::chrono::milliseconds interval)
    : interval_(interval), thread_([this] { Run(); }) {}

StreamWatch::~StreamWatch() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
  thread_.join();
}

void StreamWatch::Add(WatchedStream* stream) {
  {
    MutexLock lock(&mu_);
    streams_.insert(stream);
  }
  changed_.SignalAll();
}

void StreamWatch::Remove(WatchedStream* stream) {
  MutexLock lock(&mu_);
  streams_.erase(stream);
}

void StreamWatch::Run() {
  const auto interval_micros = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(interval_).count());
  MutexLock lock(&mu_);
  while (!stopping_) {
    if (streams_.empty()) {
      changed_.Wait(&mu_);
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    for (WatchedStream* stream : streams_) stream->EndIfOverdue(now);
    changed_.WaitFor(&mu_, interval_micros);
  }
}

}  // namespace lsmkv::service
