// SimDbTest: a store on a simulated disk, which a test fills and reads.

#ifndef LSMKV_TESTS_ENGINE_DB_SIM_DB_TEST_H_
#define LSMKV_TESTS_ENGINE_DB_SIM_DB_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "lsmkv/engine/db.h"
#include "lsmkv/engine/verify.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {

class SimDbTest : public ::testing::Test {
 protected:
  explicit SimDbTest(uint64_t seed = 1) : env_(seed) {
    options_.env = &env_;
    options_.memtable_bytes = 64 << 10;
  }

  // Opens the store, also for the second time, with the options of now.
  void Open() {
    db_.reset();
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  }
  void Put(const std::string& key, const std::string& value) {
    ASSERT_OK(db_->Put({}, key, value));
  }
  // The value, or why there is none.
  std::string Get(const std::string& key) {
    const auto value = db_->Get(key);
    return value.ok() ? *value : value.status().ToString();
  }

  // The store on another disk. Null, and a failure, if it cannot be opened.
  std::unique_ptr<DB> OpenOn(SimEnv* image) const {
    Options options = options_;
    options.env = image;
    auto db = DB::Open(options, "/db");
    EXPECT_OK(db.status());
    return db.ok() ? *std::move(db) : nullptr;
  }
  // Verify finds nothing. Says what it read.
  VerifyProgress ExpectSound() const {
    const auto result = db_->Verify(
        {},
        [](const VerifyFinding& finding) {
          ADD_FAILURE() << finding.path << ": " << finding.status;
        },
        [](const VerifyProgress&) {});
    EXPECT_OK(result.status());
    return result.ok() ? *result : VerifyProgress();
  }

  SimEnv env_;
  Options options_;
  std::unique_ptr<DB> db_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_DB_SIM_DB_TEST_H_
