// PacedWriter: puts records at a fixed rate, the same for every engine, until
// it is stopped: a faster writer must not take the CPU from its own readers.

#ifndef LSMKV_TESTS_BENCH_PACED_WRITER_H_
#define LSMKV_TESTS_BENCH_PACED_WRITER_H_

#include <atomic>
#include <cstdint>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/bench/share.h"

namespace lsmkv::bench {

class PacedWriter {
 public:
  PacedWriter(const Data* data, Peer* peer)
      : share_(data, peer, -1, 0, 0),
        records_(share_),
        thread_([this] { Run(); }) {}

  // The writer's first error, or how many puts it made. Call it once.
  absl::StatusOr<uint64_t> Stop();

 private:
  void Run();

  ThreadShare share_;
  RecordStream records_;
  absl::Status status_;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: runs as soon as it is made
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_PACED_WRITER_H_
