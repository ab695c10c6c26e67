#include "engine/src/db/write_queue.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

// Commits by counting, one group at a time.
class CountingCommit {
 public:
  void operator()(const WriteGroup& group) {
    EXPECT_FALSE(running_.exchange(true)) << "two groups at once";
    for (PendingWrite* write : group) write->version = ++version_;
    largest_ = std::max(largest_.load(), group.size());
    while (hold_) std::this_thread::yield();
    running_ = false;
  }
  std::atomic<bool> hold_{false};
  std::atomic<size_t> largest_{0};
  std::atomic<uint64_t> version_{0};

 private:
  std::atomic<bool> running_{false};
};

TEST(WriteQueueTest, BlockingWritersEachGetAVersion) {
  CountingCommit commit;
  WriteQueue queue([&](const WriteGroup& group) { commit(group); });
  ASSERT_OK(queue.Start());
  std::vector<std::thread> threads;
  std::atomic<uint64_t> sum{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        PendingWrite write;
        queue.Run(&write);
        sum += write.version;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 2000u * 2001 / 2);
  queue.Close();
}

TEST(WriteQueueTest, WritesThatArriveMeanwhileShareAGroup) {
  CountingCommit commit;
  WriteQueue queue([&](const WriteGroup& group) { commit(group); });
  ASSERT_OK(queue.Start());
  commit.hold_ = true;
  std::atomic<int> done{0};
  for (int i = 0; i < 10; ++i) {
    auto write = std::make_unique<PendingWrite>();
    write->done = [&](absl::StatusOr<uint64_t>) { ++done; };
    queue.Submit(std::move(write), /*may_block=*/true);
  }
  commit.hold_ = false;
  queue.Close();
  EXPECT_EQ(done, 10);
  EXPECT_GE(commit.largest_, 5u);
}

TEST(WriteQueueTest, MixedWritersAllEnd) {
  CountingCommit commit;
  WriteQueue queue([&](const WriteGroup& group) { commit(group); });
  ASSERT_OK(queue.Start());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        if ((i + t) % 2 == 0) {
          PendingWrite write;
          queue.Run(&write);
          ++done;
        } else {
          auto write = std::make_unique<PendingWrite>();
          write->done = [&](absl::StatusOr<uint64_t> version) {
            EXPECT_OK(version);
            ++done;
          };
          queue.Submit(std::move(write), i % 3 == 0);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  queue.Close();
  EXPECT_EQ(done, 1200);
}

TEST(WriteQueueTest, FailureReachesTheCallback) {
  WriteQueue queue([](const WriteGroup& group) {
    for (PendingWrite* write : group) write->status = absl::InternalError("x");
  });
  ASSERT_OK(queue.Start());
  absl::StatusOr<uint64_t> result = 1;
  auto write = std::make_unique<PendingWrite>();
  write->done = [&](absl::StatusOr<uint64_t> got) { result = std::move(got); };
  queue.Submit(std::move(write), /*may_block=*/false);
  EXPECT_STATUS(result, absl::StatusCode::kInternal);
  queue.Close();
}

}  // namespace
}  // namespace lsmkv::engine
