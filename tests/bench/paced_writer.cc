#include "tests/bench/paced_writer.h"

#include <chrono>
#include <string>

namespace lsmkv::bench {

absl::StatusOr<uint64_t> PacedWriter::Stop() {
  stop_.store(true, std::memory_order_relaxed);
  thread_.join();
  if (!status_.ok()) return status_;
  return share_.ops;
}

void PacedWriter::Run() {
  using std::chrono::steady_clock;
  const std::chrono::duration<double> interval(
      1 / static_cast<double>(share_.data->options.writer_rate));
  const steady_clock::time_point start = steady_clock::now();
  std::string value;
  while (!stop_.load(std::memory_order_relaxed)) {
    const std::chrono::duration<double> now = steady_clock::now() - start;
    if (static_cast<double>(share_.ops) * interval > now) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    const uint64_t record = records_.Next();
    share_.data->values.Make(record, kOverwriteSalt, &value);
    status_ =
        share_.peer->Put(share_.keys.Present(record), value, share_.data->mode);
    if (!status_.ok()) return;
    ++share_.ops;
  }
}

}  // namespace lsmkv::bench
