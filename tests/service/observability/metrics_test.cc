#include "service/observability/metrics.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "service/grpc/rpc_methods.h"

namespace lsmkv::service {
namespace {

const std::vector<std::string>& Codes() {
  static const std::vector<std::string> codes = {"OK",
                                                 "Canceled",
                                                 "Unknown",
                                                 "InvalidArgument",
                                                 "DeadlineExceeded",
                                                 "NotFound",
                                                 "AlreadyExists",
                                                 "PermissionDenied",
                                                 "ResourceExhausted",
                                                 "FailedPrecondition",
                                                 "Aborted",
                                                 "OutOfRange",
                                                 "Unimplemented",
                                                 "Internal",
                                                 "Unavailable",
                                                 "DataLoss",
                                                 "Unauthenticated"};
  return codes;
}

std::string Labels(const RpcMethod& method, const std::string& code = "") {
  std::string labels = "{";
  if (!code.empty()) labels += "grpc_code=\"" + code + "\",";
  labels += "grpc_method=\"" + std::string(method.method) + "\",";
  labels += "grpc_service=\"" + std::string(method.service) + "\",";
  labels += "grpc_type=\"" + std::string(method.type) + "\"}";
  return labels;
}

class MetricsTest : public ::testing::Test {
 protected:
  bool Has(const std::string& line) {
    return ("\n" + metrics_.Render()).find("\n" + line + "\n") !=
           std::string::npos;
  }

  Metrics metrics_{AllRpcMethods(), "1.2.3"};
};

TEST_F(MetricsTest, EverySeriesIsThereAtZeroFromTheStart) {
  const std::string text = "\n" + metrics_.Render();
  const auto has = [&text](const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
  };
  for (const RpcMethod& method : AllRpcMethods()) {
    EXPECT_TRUE(has("grpc_server_started_total" + Labels(method) + " 0"));
    EXPECT_TRUE(has("grpc_server_msg_received_total" + Labels(method) + " 0"));
    EXPECT_TRUE(has("grpc_server_msg_sent_total" + Labels(method) + " 0"));
    EXPECT_TRUE(
        has("grpc_server_handling_seconds_count" + Labels(method) + " 0"));
    for (const std::string& code : Codes()) {
      EXPECT_TRUE(
          has("grpc_server_handled_total" + Labels(method, code) + " 0"))
          << code;
    }
  }
}

TEST_F(MetricsTest, CallIsCountedUnderItsMethodAndCode) {
  const auto get = static_cast<size_t>(RpcId::kGet);
  metrics_.OnStarted(get);
  metrics_.OnReceived(get);
  metrics_.OnHandled(get, 5, 0.003);
  const RpcMethod method = AllRpcMethods()[get];
  EXPECT_TRUE(Has("grpc_server_started_total" + Labels(method) + " 1"));
  EXPECT_TRUE(Has("grpc_server_msg_received_total" + Labels(method) + " 1"));
  EXPECT_TRUE(Has("grpc_server_msg_sent_total" + Labels(method) + " 0"));
  EXPECT_TRUE(
      Has("grpc_server_handled_total" + Labels(method, "NotFound") + " 1"));
  EXPECT_TRUE(Has("grpc_server_handled_total" + Labels(method, "OK") + " 0"));
  EXPECT_TRUE(
      Has("grpc_server_handling_seconds_count" + Labels(method) + " 1"));
}

TEST_F(MetricsTest, CodesAreSpelledAsInGo) {
  for (size_t i = 0; i < Codes().size(); ++i) {
    EXPECT_EQ(GrpcCodeLabel(static_cast<int>(i)), Codes()[i]);
  }
  EXPECT_EQ(GrpcCodeLabel(17), "Unknown");
  EXPECT_EQ(GrpcCodeLabel(-1), "Unknown");
}

TEST_F(MetricsTest, CodeThatIsNoneIsUnknown) {
  metrics_.OnHandled(0, 99, 0);
  EXPECT_TRUE(Has("grpc_server_handled_total" +
                  Labels(AllRpcMethods()[0], "Unknown") + " 1"));
}

TEST_F(MetricsTest, RestRequestsAreCountedByRoute) {
  metrics_.OnRequest("/keys/{key}", "GET", 404, 0.001);
  metrics_.OnRequest("/keys/{key}", "GET", 404, 0.001);
  EXPECT_TRUE(
      Has("lsmkv_gateway_requests_total{code=\"404\",method=\"GET\","
          "route=\"/keys/{key}\"} 2"));
  EXPECT_TRUE(
      Has("lsmkv_gateway_request_duration_seconds_count{route=\"/keys/{key}\"}"
          " 2"));
}

TEST_F(MetricsTest, BuildIsNamed) {
  EXPECT_NE(metrics_.Render().find("version=\"1.2.3\"} 1"), std::string::npos);
}

TEST_F(MetricsTest, EngineFamiliesComeFromTheSourceAndGoWithIt) {
  engine::Stats stats;
  stats.writes = 7;
  metrics_.SetStatsSource([stats] { return stats; });
  EXPECT_TRUE(Has("lsmkv_engine_writes_total 7"));
  metrics_.SetStatsSource(nullptr);
  EXPECT_EQ(metrics_.Render().find("lsmkv_engine_"), std::string::npos);
}

TEST_F(MetricsTest, EveryFamilyIsDescribedOnce) {
  metrics_.SetStatsSource([] { return engine::Stats(); });
  metrics_.OnRequest("/keys", "POST", 200, 0.001);
  const std::string text = metrics_.Render();
  for (size_t at = text.find("# TYPE "); at != std::string::npos;
       at = text.find("# TYPE ", at + 1)) {
    const std::string name = text.substr(at, text.find(' ', at + 7) + 1 - at);
    EXPECT_EQ(text.find(name, at + 1), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace lsmkv::service
