#include "client/src/idempotency.h"

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

// One past the last enumerator.
constexpr int kOperations = static_cast<int>(Operation::kHealth) + 1;

Operation At(int i) { return static_cast<Operation>(i); }

TEST(IdempotencyTest, NoWriteIsRepeatedUnlessAskedFor) {
  for (const Operation write :
       {Operation::kPut, Operation::kDelete, Operation::kDeleteRange,
        Operation::kBatchWrite}) {
    EXPECT_FALSE(Resolve(write, {}).may_retry) << OperationName(write);
    EXPECT_TRUE(Resolve(write, {.retry_writes = true}).may_retry)
        << OperationName(write);
  }
}

TEST(IdempotencyTest, AsynchronousCallsAreNeverRepeated) {
  for (const Operation operation :
       {Operation::kAsyncGet, Operation::kAsyncPut, Operation::kAsyncWrite}) {
    EXPECT_FALSE(Resolve(operation, {.retry_writes = true}).may_retry)
        << OperationName(operation);
  }
}

TEST(IdempotencyTest, ReadsAreRepeated) {
  for (const Operation read :
       {Operation::kGet, Operation::kBatchGet, Operation::kScan,
        Operation::kScanPage, Operation::kGetStats, Operation::kGetLimits}) {
    EXPECT_TRUE(Resolve(read, {}).may_retry) << OperationName(read);
  }
}

TEST(IdempotencyTest, OnlyLongOperationsTakeTheLongTimeout) {
  const CallOptions options{.timeout = milliseconds(1),
                            .long_timeout = milliseconds(2)};
  for (int i = 0; i < kOperations; ++i) {
    const bool is_long =
        At(i) == Operation::kScan || At(i) == Operation::kFlush ||
        At(i) == Operation::kCompact || At(i) == Operation::kVerify;
    EXPECT_EQ(Resolve(At(i), options).timeout, milliseconds(is_long ? 2 : 1))
        << OperationName(At(i));
  }
}

TEST(IdempotencyTest, ReadmeTableSaysTheSame) {
  std::ifstream file(LSMKV_CLIENT_README);
  ASSERT_TRUE(file.good()) << LSMKV_CLIENT_README;
  std::stringstream text;
  text << file.rdbuf();
  for (int i = 0; i < kOperations; ++i) {
    const std::string repeat = RepeatOf(At(i)) == Repeat::kAlways ? "yes"
                               : RepeatOf(At(i)) == Repeat::kIfAskedFor
                                   ? "if `retry_writes`"
                                   : "no";
    const std::string row = "| `" + std::string(OperationName(At(i))) + "` | " +
                            repeat + " | " + (IsLong(At(i)) ? "none" : "10 s") +
                            " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace lsmkv::client
