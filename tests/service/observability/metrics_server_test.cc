#include "service/observability/metrics_server.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/service/http_get.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {
namespace {

class MetricsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(
        server_, MetricsServer::Start("127.0.0.1:0",
                                      {[] { return std::string("lsmkv 1\n"); },
                                       [this] { return ready_; },
                                       [this] { return degraded_; }}));
  }

  absl::Status ready_;
  std::string degraded_;
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, TakesAFreePortAndNamesIt) {
  EXPECT_EQ(server_->address().rfind("127.0.0.1:", 0), 0u);
  EXPECT_NE(server_->address(), "127.0.0.1:0");
}

TEST_F(MetricsServerTest, ServesMetricsInThePrometheusFormat) {
  const HttpAnswer answer = HttpGet(server_->address(), "/metrics");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body, "lsmkv 1\n");
}

TEST_F(MetricsServerTest, ReadinessIsOneThingAndLifeAnother) {
  EXPECT_EQ(HttpGet(server_->address(), "/readyz").status, 200u);
  ready_ = absl::UnavailableError("writes have stopped: disk full");
  const HttpAnswer answer = HttpGet(server_->address(), "/readyz");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(answer.body, "writes have stopped: disk full\n");
  EXPECT_EQ(HttpGet(server_->address(), "/livez").status, 200u);
}

TEST_F(MetricsServerTest, DamageShowsAndTheServerStaysReady) {
  degraded_ = "DATA_LOSS: /store/1.sst: offset 7";
  const HttpAnswer answer = HttpGet(server_->address(), "/readyz");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "ok\ndegraded: DATA_LOSS: /store/1.sst: offset 7\n");
}

TEST_F(MetricsServerTest, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(HttpGet(server_->address(), "/").status, 404u);
  EXPECT_EQ(HttpGet(server_->address(), "/metrics/x").status, 404u);
  EXPECT_EQ(HttpGet(server_->address(), "/../etc/passwd").status, 404u);
  EXPECT_EQ(
      HttpGet(server_->address(), "/metrics", boost::beast::http::verb::delete_)
          .status,
      405u);
}

TEST_F(MetricsServerTest, PortInUseIsNamed) {
  const auto second = MetricsServer::Start(
      server_->address(),
      {[] { return std::string(); }, [] { return absl::OkStatus(); }});
  EXPECT_STATUS_CONTAINS(second, absl::StatusCode::kUnavailable,
                         server_->address());
}

}  // namespace
}  // namespace lsmkv::service
