// A workload repeated with its n-th file operation failing, for every n, with
// every kind of error, once and for good.
//
// LSMKV_TEST_SEED gives all of it; LSMKV_TEST_NTH=<n> repeats one run.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/util/status.h"
#include "tests/engine/fault/errors/error_workload.h"
#include "tests/engine/fault/errors/hang_watch.h"
#include "tests/support/random_seed.h"
#include "tests/support/test_scale.h"

namespace lsmkv::engine {
namespace {

// Much of a run on a full disk is waiting.
constexpr int kThreads = 4;
constexpr uint32_t kOpens =
    kSimOpenRead | kSimCreate | kSimListDir | kSimSyncDir | kSimLock;

using Style = ErrorWorkload::Style;

struct Kind {
  std::string name;
  Style style;
  uint32_t ops;  // the operations that are counted and fail
  absl::Status status;
  bool for_good;
  uint64_t runs_min;  // that the sweep must come to
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class NthErrorTest : public ::testing::TestWithParam<Kind> {
 protected:
  // One run; false if the workload has no n-th operation.
  static bool Run(const Kind& kind, uint64_t seed, uint64_t n) {
    SiteEnv env(seed + n);
    uint64_t counted = 0;
    env.SetHook([&](const EnvCall& call) {
      if ((call.op & kind.ops) == 0) return absl::OkStatus();
      ++counted;
      const bool fails = kind.for_good ? counted >= n : counted == n;
      return fails ? kind.status : absl::OkStatus();
    });
    ErrorWorkload workload(kind.style, seed, &env);
    workload.Run();
    const auto mode = static_cast<CrashMode>(n % 3);
    if (n % 2 == 0) workload.CheckCrash(mode, seed + n);
    env.ClearHook();
    workload.CheckWorksAgain();
    if (::testing::Test::HasFatalFailure()) return true;
    if (n % 2 == 1) workload.CheckCrash(mode, seed + n);
    workload.CheckReopen();
    return env.faults() > 0;
  }

  // Takes runs until one finds no operation left to fail.
  void Sweep(const Kind& kind, uint64_t seed, uint64_t step) {
    HangWatch watch(std::chrono::seconds(100));
    while (!done_) {
      const uint64_t n = 1 + step * next_.fetch_add(1);
      const std::string what =
          Concat("n=", n, " (LSMKV_TEST_SEED=", seed, " LSMKV_TEST_NTH=", n,
                 " --gtest_filter=*", kind.name, ")");
      SCOPED_TRACE(what);
      watch.Begin(what);
      if (Run(kind, seed, n)) {
        ++runs_;
      } else {
        done_ = true;
      }
      if (::testing::Test::HasFailure()) done_ = true;
    }
  }

  std::atomic<uint64_t> next_{0};
  std::atomic<uint64_t> runs_{0};
  std::atomic<bool> done_{false};
};

TEST_P(NthErrorTest, NothingIsLostOrWrong) {
  const Kind& kind = GetParam();
  const uint64_t seed = TestSeed();
  if (const char* given = std::getenv("LSMKV_TEST_NTH")) {
    HangWatch watch(std::chrono::seconds(100));
    EXPECT_TRUE(Run(kind, seed, std::strtoull(given, nullptr, 10)));
    return;
  }
  const auto step = static_cast<uint64_t>(1 / std::min(1.0, TestScale()));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { Sweep(kind, seed, step); });
  }
  for (std::thread& thread : threads) thread.join();
  ReportCount("n-th error runs", runs_);
  EXPECT_GE(runs_ * step, kind.runs_min);
}

absl::Status Eio() { return absl::InternalError("Input/output error"); }
absl::Status NoSpace() {
  return absl::ResourceExhaustedError("No space left on device");
}
absl::Status TooManyFiles() {
  return absl::ResourceExhaustedError("Too many open files");
}
absl::Status ShortWrite() { return absl::AbortedError("short write"); }

// Everything, for one way to use the store.
std::vector<Kind> Kinds(const std::string& prefix, Style style) {
  std::vector<Kind> kinds;
  for (const bool for_good : {false, true}) {
    const std::string end = for_good ? "ForGood" : "Once";
    kinds.push_back(
        {prefix + "Eio" + end, style, kSimAllOps, Eio(), for_good, 800});
    kinds.push_back({prefix + "NoSpace" + end, style, kSimAllOps, NoSpace(),
                     for_good, 800});
    kinds.push_back({prefix + "TooManyFiles" + end, style, kOpens,
                     TooManyFiles(), for_good, 100});
    kinds.push_back({prefix + "ShortWrite" + end, style, kSimAppend,
                     ShortWrite(), for_good, 100});
  }
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(SmallValues, NthErrorTest,
                         ::testing::ValuesIn(Kinds("Small",
                                                   Style::kSmallValues)),
                         [](const auto& param) { return param.param.name; });
INSTANTIATE_TEST_SUITE_P(LargeValues, NthErrorTest,
                         ::testing::ValuesIn(Kinds("Large",
                                                   Style::kLargeValues)),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace lsmkv::engine
