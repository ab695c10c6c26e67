#include "service/grpc/stream_watch.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace lsmkv::service {
namespace {

class CountingStream : public WatchedStream {
 public:
  void EndIfOverdue(std::chrono::steady_clock::time_point) override {
    ++calls_;
  }
  int calls() const { return calls_; }

 private:
  std::atomic<int> calls_{0};
};

void AwaitCalls(const CountingStream& stream, int calls) {
  const auto limit =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (stream.calls() < calls && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  ASSERT_GE(stream.calls(), calls);
}

TEST(StreamWatchTest, LooksAtEveryStreamAgainAndAgain) {
  StreamWatch watch(std::chrono::milliseconds(1));
  CountingStream a;
  CountingStream b;
  watch.Add(&a);
  watch.Add(&b);
  AwaitCalls(a, 3);
  AwaitCalls(b, 3);
  watch.Remove(&a);
  watch.Remove(&b);
}

TEST(StreamWatchTest, RemovedStreamIsLeftAlone) {
  StreamWatch watch(std::chrono::milliseconds(1));
  CountingStream removed;
  CountingStream other;
  watch.Add(&removed);
  AwaitCalls(removed, 1);
  watch.Remove(&removed);
  const int calls = removed.calls();
  watch.Add(&other);
  AwaitCalls(other, 5);
  EXPECT_EQ(removed.calls(), calls);
  watch.Remove(&other);
}

}  // namespace
}  // namespace lsmkv::service
