// Every Env there is, against the one suite.

#include "tests/conformance/env_suite.h"

#include <string>

#include "gtest/gtest.h"

#include "lsmkv/engine/env.h"
#include "tests/support/env_wrapper.h"
#include "tests/support/fake_clock.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv {
namespace {

class PosixHarness {
 public:
  engine::Env* env() { return engine::Env::Posix(); }
  std::string dir() { return dir_.path(); }

 private:
  TempDir dir_;
};

class SimHarness {
 public:
  SimHarness() { EXPECT_OK(env_.CreateDir("/dir")); }
  engine::Env* env() { return &env_; }
  std::string dir() { return "/dir"; }

 private:
  SimEnv env_;
};

// FakeClock is an EnvWrapper: this covers both.
class FakeClockHarness {
 public:
  engine::Env* env() { return &env_; }
  std::string dir() { return dir_.path(); }

 private:
  TempDir dir_;
  FakeClock env_{engine::Env::Posix()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Posix, EnvSuite, PosixHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(Sim, EnvSuite, SimHarness);
INSTANTIATE_TYPED_TEST_SUITE_P(FakeClock, EnvSuite, FakeClockHarness);

}  // namespace
}  // namespace lsmkv
