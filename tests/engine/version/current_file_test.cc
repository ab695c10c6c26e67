#include "engine/src/version/current_file.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

class CurrentFileTest : public ::testing::Test {
 protected:
  CurrentFileTest() {
    EXPECT_OK(env_.CreateDir("/db"));
    EXPECT_OK(env_.SyncDir("/"));
  }
  SimEnv env_;
};

TEST_F(CurrentFileTest, ReadsWhatWasWritten) {
  ASSERT_OK(WriteCurrent(&env_, "/db", 5));
  ASSERT_OK(WriteCurrent(&env_, "/db", 1234567));
  ASSERT_OK_AND_ASSIGN(const uint64_t number, ReadCurrent(&env_, "/db"));
  EXPECT_EQ(number, 1234567u);
}

TEST_F(CurrentFileTest, AbsentIsNotFound) {
  EXPECT_STATUS(ReadCurrent(&env_, "/db"), absl::StatusCode::kNotFound);
}

TEST_F(CurrentFileTest, AnythingElseIsDamageNamingTheFile) {
  ASSERT_OK(WriteCurrent(&env_, "/db", 5));
  ASSERT_OK_AND_ASSIGN(const std::string good, env_.ReadFile("/db/CURRENT"));
  for (const std::string& bad :
       {std::string(), std::string(16, '\0'), std::string("MANIFEST-000005\n"),
        good.substr(0, good.size() - 1), good + good, good + "x",
        "MANIFEST-000006" + good.substr(15), std::string(1000, 'x')}) {
    ASSERT_OK(env_.WriteFile("/db/CURRENT", bad));
    EXPECT_STATUS_CONTAINS(ReadCurrent(&env_, "/db"),
                           absl::StatusCode::kDataLoss, "/db/CURRENT");
  }
}

TEST_F(CurrentFileTest, CrashLeavesTheOldOrTheNew) {
  ASSERT_OK(WriteCurrent(&env_, "/db", 5));
  for (uint64_t cut = 0; cut < 8; ++cut) {
    const auto image = env_.CrashImage(CrashMode::kDropUnsynced, 1);
    image->CutPowerAfter(cut);
    WriteCurrent(image.get(), "/db", 6).IgnoreError();
    image->Crash(CrashMode::kTornPages, cut);
    ASSERT_OK_AND_ASSIGN(const uint64_t number,
                         ReadCurrent(image.get(), "/db"));
    EXPECT_TRUE(number == 5 || number == 6);
  }
}

}  // namespace
}  // namespace lsmkv::engine
