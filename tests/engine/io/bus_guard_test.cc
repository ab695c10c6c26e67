#include "engine/src/io/bus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/io/posix_fd.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kPages = 4;

// A file that is mapped and then cut, so that its second half is no more.
class CutMapping {
 public:
  CutMapping() {
    std::string name = dir_.File("mapped");
    fd_ = UniqueFd(::mkstemp((name += "XXXXXX").data()));
    EXPECT_EQ(::ftruncate(fd_.get(), kPages * kPageBytes), 0);
    begin_ = static_cast<char*>(::mmap(nullptr, kPages * kPageBytes,
                                       PROT_READ | PROT_WRITE, MAP_SHARED,
                                       fd_.get(), 0));
    EXPECT_NE(begin_, MAP_FAILED);
    EXPECT_EQ(::ftruncate(fd_.get(), kPages / 2 * kPageBytes), 0);
  }
  ~CutMapping() { ::munmap(begin_, kPages * kPageBytes); }

  char* begin() const { return begin_; }
  static size_t bytes() { return kPages * kPageBytes; }
  char* cut_page() const { return begin_ + kPages / 2 * kPageBytes; }
  int fd() const { return fd_.get(); }

 private:
  TempDir dir_;
  UniqueFd fd_;
  char* begin_ = nullptr;
};

void Touch(char* at) { *const_cast<volatile char*>(at) = 'x'; }

TEST(BusGuardTest, GuardedFaultIsSurvivedAndTold) {
  CutMapping mapping;
  BusGuard guard;
  ASSERT_TRUE(guard.Guard(mapping.begin(), mapping.bytes()));
  Touch(mapping.begin());
  EXPECT_FALSE(guard.faulted());
  Touch(mapping.cut_page());
  EXPECT_TRUE(guard.faulted());
  // What was there before the fault is in the file.
  char byte = 0;
  EXPECT_EQ(::pread(mapping.fd(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(BusGuardTest, GuardBeginsAnew) {
  CutMapping cut;
  CutMapping other;
  BusGuard guard;
  ASSERT_TRUE(guard.Guard(cut.begin(), cut.bytes()));
  Touch(cut.cut_page());
  ASSERT_TRUE(guard.Guard(other.begin(), other.bytes()));
  EXPECT_FALSE(guard.faulted());
  Touch(other.cut_page());
  EXPECT_TRUE(guard.faulted());
}

TEST(BusGuardTest, GuardsAreCountedAndGivenBack) {
  CutMapping mapping;
  std::vector<std::unique_ptr<BusGuard>> guards;
  while (true) {
    auto guard = std::make_unique<BusGuard>();
    if (!guard->Guard(mapping.begin(), mapping.bytes())) break;
    guards.push_back(std::move(guard));
    ASSERT_LT(guards.size(), 10'000u);
  }
  EXPECT_GE(guards.size(), 16u);
  guards.pop_back();
  BusGuard last;
  EXPECT_TRUE(last.Guard(mapping.begin(), mapping.bytes()));
}

TEST(BusGuardDeathTest, FaultElsewhereStillEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CutMapping guarded;
  CutMapping foreign;
  BusGuard guard;
  ASSERT_TRUE(guard.Guard(guarded.begin(), guarded.bytes()));
  EXPECT_DEATH(Touch(foreign.cut_page()), "");
  guard.Release();
  EXPECT_DEATH(Touch(guarded.cut_page()), "");
}

TEST(BusGuardDeathTest, FaultElsewhereGoesToTheHandlerThatWasThereBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        struct sigaction action = {};
        action.sa_handler = [](int /*signal*/) { ::_exit(42); };
        ::sigaction(SIGBUS, &action, nullptr);
        CutMapping guarded;
        CutMapping foreign;
        BusGuard guard;
        if (!guard.Guard(guarded.begin(), guarded.bytes())) ::_exit(1);
        Touch(guarded.cut_page());
        if (!guard.faulted()) ::_exit(2);
        Touch(foreign.cut_page());
      },
      testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace lsmkv::engine
