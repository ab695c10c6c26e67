// The scrubber in a whole server, over the real engine.

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/server.h"
#include "tests/service/http_get.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

using ::testing::HasSubstr;

class ScrubTest : public ::testing::Test {
 protected:
  void Start(uint64_t interval_ms) {
    config_.data_dir = "/store";
    config_.grpc_listen = "127.0.0.1:0";
    config_.rest_listen = "127.0.0.1:0";
    config_.metrics_listen = "127.0.0.1:0";
    config_.engine.env = &env_;
    config_.scrub_interval_ms = interval_ms;
    config_.scrub_bytes_per_second = 0;
    ASSERT_OK_AND_ASSIGN(server_, Server::Start(config_, &logger_));
    const std::string line = server_->ReadyLine();
    metrics_ = line.substr(line.find("metrics=") + 8);
  }
  std::string Readiness() { return HttpGet(metrics_, "/readyz").body; }
  std::string Metrics() { return HttpGet(metrics_, "/metrics").body; }
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto limit =
        std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::yield();
    }
    return true;
  }
  // A store with one table.
  std::string MakeTable() {
    config_.engine.env = &env_;
    auto db = engine::DB::Open(config_.EngineOptions(), "/store");
    EXPECT_OK(db);
    EXPECT_OK((*db)->Put({}, "key", "value"));
    EXPECT_OK((*db)->Flush());
    EXPECT_OK((*db)->Close());
    const auto names = env_.ListDir("/store");
    for (const std::string& name : *names) {
      if (name.find(".sst") != std::string::npos) return "/store/" + name;
    }
    return "none";
  }

  SimEnv env_;
  ServerConfig config_;
  Logger logger_{LogFormat::kText, LogLevel::kError, [](std::string_view) {},
                 std::chrono::system_clock::now};
  std::unique_ptr<Server> server_;
  std::string metrics_;
};

TEST_F(ScrubTest, DamageShowsInMetricsAndReadinessAndTheServerGoesOn) {
  const std::string table = MakeTable();
  Start(1);
  EXPECT_EQ(Readiness(), "ok\n");
  ASSERT_OK(env_.CorruptByte(table, 3));
  EXPECT_TRUE(Eventually([this] {
    env_.AdvanceMicros(SimEnv::kSecond);
    return Readiness() != "ok\n";
  }));
  EXPECT_THAT(Readiness(), HasSubstr("ok\ndegraded: DATA_LOSS: " + table));
  EXPECT_EQ(HttpGet(metrics_, "/readyz").status, 200u);
  EXPECT_THAT(Metrics(), HasSubstr("lsmkv_scrub_findings_total 1\n"));
  EXPECT_THAT(Metrics(), HasSubstr("lsmkv_scrub_damaged_places 1\n"));
  EXPECT_OK(server_->Shutdown(std::chrono::seconds(1)));
}

TEST_F(ScrubTest, IntervalOfZeroSwitchesItOff) {
  Start(0);
  EXPECT_THAT(Metrics(), HasSubstr("lsmkv_scrub_passes_total 0\n"));
  EXPECT_OK(server_->Shutdown(std::chrono::seconds(1)));
}

}  // namespace
}  // namespace lsmkv::service
