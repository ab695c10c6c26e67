// StreamWatch: ends streams whose client has stopped reading, or whose time is
// over, so that they do not keep their snapshot for ever.
//
// Threads: safe for concurrent use; owns one thread, which sleeps while there
// is no stream.

#ifndef LSMKV_SERVICE_GRPC_STREAM_WATCH_H_
#define LSMKV_SERVICE_GRPC_STREAM_WATCH_H_

#include <chrono>
#include <set>
#include <thread>

#include "absl/base/thread_annotations.h"

#include "lsmkv/engine/mutex.h"

namespace lsmkv::service {

class WatchedStream {
 public:
  virtual ~WatchedStream() = default;
  // Called from the watch's thread, with its lock held: must be short and must
  // not call back into the watch.
  virtual void EndIfOverdue(std::chrono::steady_clock::time_point now) = 0;
};

class StreamWatch {
 public:
  explicit StreamWatch(std::chrono::milliseconds interval);
  ~StreamWatch();
  StreamWatch(const StreamWatch&) = delete;
  StreamWatch& operator=(const StreamWatch&) = delete;

  void Add(WatchedStream* stream);
  // On return the stream is not, and will not be, called.
  void Remove(WatchedStream* stream);

 private:
  void Run();

  const std::chrono::milliseconds interval_;
  engine::Mutex mu_;
  engine::CondVar changed_;
  std::set<WatchedStream*> streams_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_STREAM_WATCH_H_
