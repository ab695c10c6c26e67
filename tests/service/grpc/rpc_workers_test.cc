#include "service/grpc/rpc_workers.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "service/core/error.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

TEST(RpcWorkersTest, DestructionRunsWhatIsQueued) {
  std::atomic<int> ran{0};
  {
    RpcWorkers workers(2, 100);
    for (int i = 0; i < 50; ++i) {
      ASSERT_OK(workers.Submit([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 50);
}

TEST(RpcWorkersTest, FullQueueRefusesNewWorkButNotFurtherSteps) {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran{0};
  {
    RpcWorkers workers(1, 1);
    ASSERT_OK(workers.Submit([&] {
      started.set_value();
      release.get_future().wait();
    }));
    started.get_future().wait();
    ASSERT_OK(workers.Submit([&ran] { ++ran; }));
    const absl::Status full = workers.Submit([&ran] { ++ran; });
    EXPECT_STATUS(full, absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(DetailOf(full).reason, "OVERLOADED");
    workers.Continue([&ran] { ++ran; });
    release.set_value();
  }
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace lsmkv::service
