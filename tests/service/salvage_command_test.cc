#include "service/salvage_command.h"

#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

using ::testing::HasSubstr;

class SalvageCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_.engine.env = &env_;
    ASSERT_OK_AND_ASSIGN(const auto db,
                         engine::DB::Open(config_.EngineOptions(), "/store"));
    for (int i = 0; i < 1000; ++i) {
      ASSERT_OK(db->Put({}, "key" + std::to_string(i), "value"));
    }
    ASSERT_OK(db->Flush());
    ASSERT_OK(db->Close());
  }
  std::string Table() {
    const auto names = env_.ListDir("/store");
    for (const std::string& name : *names) {
      if (name.find(".sst") != std::string::npos) return "/store/" + name;
    }
    return "none";
  }
  int Run(const std::string& source, const std::string& target) {
    out_.str("");
    err_.str("");
    return RunSalvage({source, target}, config_, &out_, &err_);
  }

  SimEnv env_;
  ServerConfig config_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SalvageCommandTest, SoundStoreLosesNothing) {
  EXPECT_EQ(Run("/store", ""), 0);
  EXPECT_THAT(out_.str(), HasSubstr("dry run, nothing is written"));
  EXPECT_THAT(out_.str(), HasSubstr("can be saved: 1000 records"));
  EXPECT_THAT(out_.str(), HasSubstr("lost: nothing\n"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(SalvageCommandTest, DamageIsNamedAndHasItsExitStatus) {
  ASSERT_OK(env_.CorruptByte(Table(), 100));
  EXPECT_EQ(Run("/store", ""), 9);
  EXPECT_THAT(out_.str(), HasSubstr(Table() + ": partly"));
  EXPECT_THAT(out_.str(), HasSubstr("    lost: offset 0, "));
  EXPECT_THAT(out_.str(), HasSubstr("; keys from \"key0\" to \"key"));
  EXPECT_THAT(out_.str(), HasSubstr("note: "));
}

TEST_F(SalvageCommandTest, SavedStoreCanBeOpened) {
  ASSERT_OK(env_.CorruptByte(Table(), 100));
  EXPECT_EQ(Run("/store", "/saved"), 9);
  EXPECT_THAT(out_.str(), HasSubstr("new store: /saved, "));
  ASSERT_OK_AND_ASSIGN(const auto db,
                       engine::DB::Open(config_.EngineOptions(), "/saved"));
  EXPECT_EQ(*db->Get("key999"), "value");
}

TEST_F(SalvageCommandTest, WhatCannotBeDoneHasItsExitStatus) {
  EXPECT_EQ(Run("/absent", ""), 4);
  EXPECT_THAT(err_.str(), HasSubstr("lsmkvd: salvage: "));
  EXPECT_EQ(Run("/store", "/store/new"), 1);
  ASSERT_OK_AND_ASSIGN(const auto db,
                       engine::DB::Open(config_.EngineOptions(), "/store"));
  EXPECT_EQ(Run("/store", ""), 4);
  EXPECT_THAT(err_.str(), HasSubstr("LOCK"));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(SalvageCommandTest, ReportShowsEveryKindOfLoss) {
  engine::SalvageReport report;
  report.manifest = absl::DataLossError("/s/CURRENT: offset 0: damaged");
  engine::SalvagedFile& log = report.files.emplace_back();
  log.path = "/s/1.wal";
  log.state = engine::SalvagedFile::State::kPartly;
  log.bytes = 100;
  log.records = 1;
  log.records_lost = 2;
  log.tail_bytes = 3;
  engine::SalvageLoss& known = log.losses.emplace_back();
  known.first_version = 4;
  known.last_version = 5;
  known.status = absl::DataLossError("bad");
  engine::SalvageLoss& open = log.losses.emplace_back();
  open.first_version = 9;
  open.status = absl::DataLossError("bad");
  log.records_known = false;
  engine::SalvagedFile& table = report.files.emplace_back();
  table.path = "/s/2.sst";
  table.state = engine::SalvagedFile::State::kUnused;
  table.note = "unseen";
  const std::string text = SalvageText(report, {"/s", ""});
  EXPECT_THAT(text, HasSubstr("list of files: /s/CURRENT: offset 0: damaged"));
  EXPECT_THAT(text, HasSubstr("/s/1.wal: partly, 100 bytes, 1 record, lost: at "
                              "least 2 records\n"));
  EXPECT_THAT(text, HasSubstr("the last 3 bytes make no record"));
  EXPECT_THAT(text, HasSubstr("bad; versions 4 to 5\n"));
  EXPECT_THAT(text, HasSubstr("bad; versions from 9 on\n"));
  EXPECT_THAT(text,
              HasSubstr("/s/2.sst: unused, 0 bytes, not part of the store\n"));
}

}  // namespace
}  // namespace lsmkv::service
