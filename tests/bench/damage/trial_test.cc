// The judge of the comparison: every outcome is told from the others.

#include "tests/bench/damage/trial.h"

#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "tests/bench/damage/damages.h"
#include "tests/bench/damage/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::damage {
namespace {

// A store that answers with whatever the test puts into it.
class FakeStore final : public OpenStore {
 public:
  absl::Status Put(std::string_view key, std::string_view value) override {
    records_[std::string(key)] = value;
    return absl::OkStatus();
  }
  absl::Status Delete(std::string_view key) override {
    records_.erase(std::string(key));
    return absl::OkStatus();
  }
  absl::Status Flush() override { return absl::OkStatus(); }
  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) override {
    if (!get_error_.ok()) return get_error_;
    const auto it = records_.find(std::string(key));
    if (it == records_.end()) return std::optional<std::string>();
    return std::optional<std::string>(it->second);
  }
  absl::Status Scan(const Visit& visit) override {
    for (const auto& record : records_) visit(record.first, record.second);
    return scan_error_;
  }
  absl::Status Close() override { return absl::OkStatus(); }

  std::map<std::string, std::string> records_;
  absl::Status get_error_;
  absl::Status scan_error_;
};

class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() { EXPECT_OK(Fill(&store_)); }
  Outcome Verdict() { return Judge(&store_, Expected()); }
  FakeStore store_;
};

TEST_F(JudgeTest, AllRecordsAreRight) {
  EXPECT_GT(Expected().live.size(), 200u);
  EXPECT_GT(Expected().deleted.size(), 20u);
  EXPECT_EQ(Verdict(), Outcome::kRight);
}

TEST_F(JudgeTest, AnErrorIsARefusal) {
  store_.get_error_ = absl::DataLossError("x");
  EXPECT_EQ(Verdict(), Outcome::kRefused);
  store_.get_error_ = absl::OkStatus();
  store_.scan_error_ = absl::DataLossError("x");
  EXPECT_EQ(Verdict(), Outcome::kRefused);
}

TEST_F(JudgeTest, AMissingRecordWithoutAnErrorIsLost) {
  store_.records_.erase(Expected().live.begin()->first);
  EXPECT_EQ(Verdict(), Outcome::kLost);
  // Though something else was refused.
  store_.scan_error_ = absl::DataLossError("x");
  EXPECT_EQ(Verdict(), Outcome::kLost);
}

TEST_F(JudgeTest, AnotherValueIsWrong) {
  store_.records_.begin()->second += "x";
  EXPECT_EQ(Verdict(), Outcome::kWrong);
}

TEST_F(JudgeTest, ADeletedRecordThatIsBackIsWrong) {
  store_.records_[*Expected().deleted.begin()] = "";
  EXPECT_EQ(Verdict(), Outcome::kWrong);
}

TEST_F(JudgeTest, ARecordThatNeverWasIsWrong) {
  store_.records_["nobody's"] = "";
  EXPECT_EQ(Verdict(), Outcome::kWrong);
}

TEST(TrialTest, DeathAndEndlessnessAreCrashes) {
  Subject subject;
  subject.open = [](const std::string&,
                    bool) -> absl::StatusOr<std::unique_ptr<OpenStore>> {
    ::abort();
  };
  EXPECT_EQ(Try(subject, "", 10), Outcome::kCrashed);
  subject.open = [](const std::string&,
                    bool) -> absl::StatusOr<std::unique_ptr<OpenStore>> {
    while (true) ::pause();
  };
  EXPECT_EQ(Try(subject, "", 1), Outcome::kCrashed);
}

TEST(TrialTest, EverySubjectReadsItsSoundStores) {
  for (const Subject& subject : AllSubjects()) {
    for (const bool closed : {true, false}) {
      const TempDir folder;
      ASSERT_OK(MakeStore(subject, folder.path(), closed));
      ASSERT_OK_AND_ASSIGN(const auto damages,
                           ListDamages(folder.path(), /*places_per_file=*/10));
      EXPECT_GT(damages.size(), 40u);
      EXPECT_EQ(Try(subject, folder.path(), 20), Outcome::kRight)
          << subject.engine << (closed ? " closed" : " killed");
    }
  }
}

}  // namespace
}  // namespace lsmkv::damage
