#include "service/core/worker_pool.h"

#include <atomic>
#include <future>

#include "gtest/gtest.h"

namespace lsmkv::service {
namespace {

TEST(WorkerPoolTest, QueuedTasksRunBeforeThePoolEnds) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(2);
    for (int i = 0; i < 1000; ++i) pool.Post([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 1000);
}

TEST(WorkerPoolTest, ATaskThatBlocksHoldsUpOneThreadOnly) {
  std::promise<void> first;
  std::promise<void> second;
  WorkerPool pool(2);
  pool.Post([&] {
    second.get_future().wait();
    first.set_value();
  });
  pool.Post([&] { second.set_value(); });
  first.get_future().wait();
}

}  // namespace
}  // namespace lsmkv::service
