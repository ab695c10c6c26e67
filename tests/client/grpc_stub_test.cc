// The client over real channels.

#include "client/src/grpc_stub.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include <gtest/gtest.h>

#include "lsmkv/client/client.h"
#include "tests/client/test_server.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

// Longer than any answer takes; only a hang gets near it.
constexpr std::chrono::seconds kPatience(60);

class GrpcStubTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  }

  static Client Connect(const std::string& endpoint) {
    return Client(
        MakeConnection({.endpoint = endpoint, .own_tcp_connection = true}));
  }
};

TEST_F(GrpcStubTest, PutThenGetReturnsValueAndVersion) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  ASSERT_OK_AND_ASSIGN(const uint64_t version, client.Put("k", "v"));
  ASSERT_OK_AND_ASSIGN(const Value value, client.Get("k"));
  EXPECT_EQ(value, (Value{"v", version}));
}

TEST_F(GrpcStubTest, BinaryKeysAndEmptyValuesPassUnharmed) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  std::string key;
  for (int byte = 0; byte < 256; ++byte) key += static_cast<char>(byte);
  ASSERT_OK(client.Put(key, key));
  ASSERT_OK(client.Put(std::string(1, '\0'), ""));
  EXPECT_EQ(client.Get(key)->data, key);
  EXPECT_EQ(client.Get(std::string(1, '\0'))->data, "");
}

TEST_F(GrpcStubTest, ValuesBeyondFourMebibytesPassBothWays) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  const std::string large(6 << 20, 'x');
  ASSERT_OK(client.Put("large", large));
  ASSERT_OK_AND_ASSIGN(const Value value, client.Get("large"));
  EXPECT_TRUE(value.data == large);
  WriteBatch batch;
  for (const char* key : {"a", "b", "c"}) batch.Put(key, large);
  ASSERT_OK(client.BatchWrite(std::move(batch)));
  size_t records = 0;
  for (const auto& record : client.Scan()) {
    ASSERT_OK(record);
    EXPECT_EQ(record->value.size(), large.size());
    ++records;
  }
  EXPECT_EQ(records, 4u);
}

TEST_F(GrpcStubTest, ErrorCarriesCodeMessageAndReason) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  const absl::Status absent = client.Get("absent").status();
  EXPECT_STATUS(absent, absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(absent), "KEY_NOT_FOUND");
  const absl::Status refused = client.Get("refused").status();
  EXPECT_STATUS(refused, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.message(), "writes are stopped");
  EXPECT_EQ(ErrorReason(refused), "WRITES_STOPPED");
}

TEST_F(GrpcStubTest, UnimplementedServiceIsUnimplemented) {
  TestServer server;
  EXPECT_STATUS(Connect(server.endpoint()).GetStats(),
                absl::StatusCode::kUnimplemented);
}

TEST_F(GrpcStubTest, SlowAnswerIsDeadlineExceeded) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  ASSERT_OK(client.Put("k", "v"));  // connected from here on
  EXPECT_STATUS(client.Get("blocked", {.timeout = milliseconds(50)}),
                absl::StatusCode::kDeadlineExceeded);
  server.Release();
}

// The server may yet do what it was asked.
TEST_F(GrpcStubTest, DeadlineOfACallThatWasSentIsNoFailureToConnect) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  ASSERT_OK(client.Put("k", "v"));
  auto sent = std::async(std::launch::async, [&client] {
    return client.Get("blocked", {.timeout = milliseconds(2000)}).status();
  });
  server.BlockedCallCame().wait();
  auto drained = std::async(std::launch::async, [&server] { server.Drain(); });
  while (sent.wait_for(milliseconds(0)) != std::future_status::ready) {
    // Other calls try to connect again and again, and cannot.
    client.Put("k", "v").status().IgnoreError();
  }
  const absl::Status status = sent.get();
  EXPECT_STATUS(status, absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(IsConnectError(status)) << status;
  server.Release();
  drained.wait();
}

TEST_F(GrpcStubTest, RefusedConnectionIsUnavailableAndNamesTheEndpoint) {
  const DeadPort port(/*listening=*/false);
  const absl::Status status = Connect(port.endpoint()).Put("k", "v").status();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "cannot connect to " + port.endpoint() + ": ");
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "Connection refused");
  EXPECT_TRUE(IsConnectError(status)) << status;
}

TEST_F(GrpcStubTest, ReadsOfADeadEndpointSayHowOftenTheyTried) {
  const DeadPort port(/*listening=*/false);
  const auto backoff = std::make_shared<ExponentialBackoffPolicy>(
      milliseconds(1), milliseconds(1), 1.0);
  const absl::Status status =
      Connect(port.endpoint()).Get("k", {.backoff_policy = backoff}).status();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "(4 attempts; retry limit reached)");
  EXPECT_TRUE(IsConnectError(status)) << status;
}

TEST_F(GrpcStubTest, UnknownHostIsAConnectError) {
  const absl::Status status =
      Connect("no-such-host.invalid:1").Put("k", "v").status();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "cannot connect to no-such-host.invalid:1");
  EXPECT_TRUE(IsConnectError(status)) << status;
}

TEST_F(GrpcStubTest, SilentEndpointIsUnavailableAfterTheConnectTimeout) {
  const DeadPort port(/*listening=*/true);
  const Client client(MakeConnection({.endpoint = port.endpoint(),
                                      .connect_timeout = milliseconds(200),
                                      .own_tcp_connection = true}));
  const absl::Status status =
      client.Put("k", "v", {.timeout = kPatience}).status();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "cannot connect to " + port.endpoint());
  EXPECT_TRUE(IsConnectError(status)) << status;
}

TEST_F(GrpcStubTest, SilentEndpointIsUnavailableAtTheCallsDeadline) {
  const DeadPort port(/*listening=*/true);
  const Client client(MakeConnection({.endpoint = port.endpoint(),
                                      .connect_timeout = kPatience,
                                      .own_tcp_connection = true}));
  const absl::Status status =
      client.Put("k", "v", {.timeout = milliseconds(200)}).status();
  EXPECT_STATUS_CONTAINS(status, absl::StatusCode::kUnavailable,
                         "cannot connect to " + port.endpoint());
}

TEST_F(GrpcStubTest, ServerThatComesBackIsFoundByTheRetries) {
  auto server = std::make_unique<TestServer>();
  const int port = server->port();
  const Client client = Connect(server->endpoint());
  ASSERT_OK(client.Put("k", "v"));
  server.reset();
  EXPECT_STATUS(client.Put("k", "v"), absl::StatusCode::kUnavailable);
  server = std::make_unique<TestServer>(port);
  // The new one has no records: an answer is what matters.
  EXPECT_STATUS(
      client.Get("k", {.timeout = kPatience,
                       .retry_policy = std::make_shared<LimitedTimeRetryPolicy>(
                           kPatience)}),
      absl::StatusCode::kNotFound);
}

TEST_F(GrpcStubTest, ScanReadsTheWholeRangeAtOneSnapshot) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  for (const char* key : {"a", "b", "c"}) ASSERT_OK(client.Put(key, "v"));
  ScanRange range = client.Scan();
  std::string keys;
  for (const auto& record : range) {
    ASSERT_OK(record);
    keys += record->key;
  }
  EXPECT_EQ(keys, "abc");
  EXPECT_EQ(range.snapshot_version(), 3u);
}

TEST_F(GrpcStubTest, DestroyingAScanEndsItAtTheServer) {
  TestServer server;
  auto ended = server.ScanEnded();
  const Client client = Connect(server.endpoint());
  {
    ScanOptions scan;
    scan.range = KeyRange::Prefix("endless");
    ScanRange range = client.Scan(scan);
    auto it = range.begin();
    for (int i = 0; i < 3; ++i, ++it) ASSERT_OK(*it);
  }
  EXPECT_EQ(ended.wait_for(kPatience), std::future_status::ready);
}

TEST_F(GrpcStubTest, ScanOutlivesItsClient) {
  TestServer server;
  ScanRange range;
  {
    const Client client = Connect(server.endpoint());
    ASSERT_OK(client.Put("k", "v"));
    range = client.Scan();
  }
  auto it = range.begin();
  ASSERT_NE(it, range.end());
  ASSERT_OK(*it);
  EXPECT_EQ((*it)->key, "k");
}

TEST_F(GrpcStubTest, ScanOfADeadEndpointIsOneError) {
  const DeadPort port(/*listening=*/false);
  std::vector<absl::Status> statuses;
  ScanRange range = Connect(port.endpoint()).Scan();
  for (const auto& record : range) statuses.push_back(record.status());
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_TRUE(IsConnectError(statuses[0])) << statuses[0];
}

// Where callbacks leave their results. Shared with them, because the last one
// may still be returning when the test goes on.
template <typename Result>
class Results {
 public:
  void Add(Result result) {
    const std::lock_guard<std::mutex> lock(mu_);
    results_.push_back(std::move(result));
    changed_.notify_all();
  }

  // Waits for `count` of them; fewer if there is a hang.
  std::vector<Result> WaitFor(size_t count) {
    std::unique_lock<std::mutex> lock(mu_);
    changed_.wait_for(lock, kPatience,
                      [&] { return results_.size() >= count; });
    return results_;
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<Result> results_;
};
using Versions = Results<absl::StatusOr<uint64_t>>;
using Values = Results<absl::StatusOr<Value>>;

TEST_F(GrpcStubTest, AsyncPutsAllReport) {
  constexpr size_t kPuts = 100;
  TestServer server;
  const Client client = Connect(server.endpoint());
  const auto versions = std::make_shared<Versions>();
  for (size_t i = 0; i < kPuts; ++i) {
    client.AsyncPut(
        std::to_string(i), "v",
        [versions](absl::StatusOr<uint64_t> v) { versions->Add(v); });
  }
  const auto results = versions->WaitFor(kPuts);
  ASSERT_EQ(results.size(), kPuts);
  for (const auto& version : results) EXPECT_OK(version);
  EXPECT_OK(client.Get("99"));
}

TEST_F(GrpcStubTest, AsyncCallsSurviveTheirClient) {
  TestServer server;
  const auto values = std::make_shared<Values>();
  const auto versions = std::make_shared<Versions>();
  {
    const Client client = Connect(server.endpoint());
    client.AsyncGet("blocked",
                    [values](absl::StatusOr<Value> v) { values->Add(v); });
    WriteBatch batch;
    batch.Put("a", "1");
    client.AsyncWrite(std::move(batch), [versions](absl::StatusOr<uint64_t> v) {
      versions->Add(v);
    });
  }
  const auto written = versions->WaitFor(1);
  server.Release();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_OK(written[0]);
  const auto read = values->WaitFor(1);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_STATUS(read[0], absl::StatusCode::kNotFound);
}

TEST_F(GrpcStubTest, AsyncPutToADeadEndpointReportsTheError) {
  const DeadPort port(/*listening=*/false);
  const Client client = Connect(port.endpoint());
  const auto versions = std::make_shared<Versions>();
  client.AsyncPut("k", "v",
                  [versions](absl::StatusOr<uint64_t> v) { versions->Add(v); });
  const auto results = versions->WaitFor(1);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(IsConnectError(results[0].status())) << results[0].status();
}

TEST_F(GrpcStubTest, HealthIsWhatTheServerSays) {
  TestServer server;
  const Client client = Connect(server.endpoint());
  EXPECT_EQ(*client.Health(), HealthState::kServing);
  server.SetServing(false);
  EXPECT_EQ(*client.Health(), HealthState::kNotServing);
}

TEST_F(GrpcStubTest, HealthOfADeadEndpointIsUnavailable) {
  const DeadPort port(/*listening=*/false);
  EXPECT_STATUS(Connect(port.endpoint()).Health(),
                absl::StatusCode::kUnavailable);
}

TEST_F(GrpcStubTest, ProxyOfTheEnvironmentIsNotUsed) {
  const DeadPort proxy(/*listening=*/false);
  TestServer server;
  ASSERT_EQ(setenv("http_proxy", ("http://" + proxy.endpoint()).c_str(), 1), 0);
  EXPECT_OK(Connect(server.endpoint()).Put("k", "v"));
  ASSERT_EQ(unsetenv("http_proxy"), 0);
}

TEST_F(GrpcStubTest, UserAgentNamesTheProgramAndTheLibrary) {
  TestServer server;
  const Client client(MakeConnection({.endpoint = server.endpoint(),
                                      .user_agent = "myapp/1.2",
                                      .own_tcp_connection = true}));
  ASSERT_OK(client.Put("k", "v"));
  EXPECT_EQ(server.last_user_agent().substr(0, 21), "myapp/1.2 lsmkv-cpp/0");
}

}  // namespace
}  // namespace lsmkv::client
