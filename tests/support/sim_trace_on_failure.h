// Prints the last operations of a SimEnv if the test has failed by the end of
// the scope:
//
//   SimEnv env(rng.Next());
//   const SimTraceOnFailure trace(&env);

#ifndef LSMKV_TESTS_SUPPORT_SIM_TRACE_ON_FAILURE_H_
#define LSMKV_TESTS_SUPPORT_SIM_TRACE_ON_FAILURE_H_

#include <cstdio>

#include "gtest/gtest.h"

#include "tests/support/sim_env.h"

namespace lsmkv {

class SimTraceOnFailure {
 public:
  // `env` is borrowed and must outlive this object.
  explicit SimTraceOnFailure(const SimEnv* env) : env_(env) {}
  ~SimTraceOnFailure() {
    if (!::testing::Test::HasFailure()) return;
    std::printf("the last operations:\n%s", env_->Trace().c_str());
  }
  SimTraceOnFailure(const SimTraceOnFailure&) = delete;
  SimTraceOnFailure& operator=(const SimTraceOnFailure&) = delete;

 private:
  const SimEnv* const env_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_TRACE_ON_FAILURE_H_
