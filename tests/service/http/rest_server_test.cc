#include "service/http/rest_server.h"

#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/service/http/rest_server_fixture.h"

namespace lsmkv::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST_F(RestServerTest, AConnectionServesManyRequests) {
  StartServer();
  RawClient client(address());
  client.Send(Post("/keys", R"({"key":"k","value":"v"})"));
  RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"key":"k","version":"1"})");
  EXPECT_EQ(response.headers["Connection"], "keep-alive");
  EXPECT_EQ(response.headers["Content-Type"], "application/json");
  for (int i = 0; i < 100; ++i) {
    client.Send(Get("/keys/k"));
    EXPECT_EQ(client.Receive().status, 200);
  }
}

TEST_F(RestServerTest, ConnectionCloseIsHonoured) {
  StartServer();
  RawClient client(address());
  client.Send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers["Connection"], "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(RestServerTest, Http10ClosesUnlessAskedNotTo) {
  StartServer();
  RawClient closing(address());
  closing.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(closing.Receive().status, 200);
  EXPECT_TRUE(closing.AtEnd());
  RawClient keeping(address());
  for (int i = 0; i < 2; ++i) {
    keeping.Send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.Receive().headers["Connection"], "keep-alive");
  }
}

TEST_F(RestServerTest, PipelinedRequestsAreAnsweredInOrder) {
  StartServer();
  RawClient client(address());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    const std::string key = "k" + std::to_string(i);
    all += Post("/keys", R"({"key":")" + key + R"(","value":"v"})");
    all += Get("/keys/" + key);
  }
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.Receive().status, 200);
    const RawResponse read = client.Receive();
    EXPECT_NE(read.body.find("\"k" + std::to_string(i) + "\""),
              std::string::npos)
        << read.body;
  }
}

TEST_F(RestServerTest, HeadHasNoBody) {
  Put("k", "v");
  StartServer();
  RawClient client(address());
  client.Send("HEAD /keys/k HTTP/1.1\r\nHost: h\r\n\r\n");
  RawResponse response = client.Receive(/*has_body=*/false);
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.headers["Content-Length"], "0");
  client.Send(Get("/keys/k"));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(RestServerTest, ChunkedRequestBodiesAreRead) {
  StartServer();
  RawClient client(address());
  client.Send(
      "POST /keys HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\n{\"key\":\"\r\nf\r\nk\",\"value\":\"v\"}\r\n0\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 200);
  client.Send(Get("/keys/k"));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(RestServerTest, ExpectedContinueIsSent) {
  StartServer();
  RawClient client(address());
  const std::string body = R"({"key":"k","value":"v"})";
  client.Send("POST /keys HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n" +
              ("Content-Length: " + std::to_string(body.size())) + "\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 100);
  client.Send(body);
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(RestServerTest, StreamsAreChunkedAndTheConnectionGoesOn) {
  for (const char* key : {"a", "b", "c"}) Put(key, std::string(1000, 'v'));
  Limits limits;
  limits.stream_chunk_bytes = 100;
  StartServer(limits);
  RawClient client(address());
  for (int i = 0; i < 2; ++i) {
    client.Send(Post("/v1/kv:streamScan", "{}"));
    RawResponse response = client.Receive();
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.chunks, 3);
    EXPECT_EQ(response.body.rfind("{\"result\":", 0), 0U);
    EXPECT_EQ(response.body.back(), '\n');
  }
}

TEST_F(RestServerTest, StreamsToHttp10EndWithTheConnection) {
  Put("a", "1");
  StartServer();
  RawClient client(address());
  client.Send("POST /v1/kv:streamScan HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}");
  RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.count("Transfer-Encoding"), 0U);
  EXPECT_EQ(response.body.back(), '\n');
}

TEST_F(RestServerTest, AStreamNobodyReadsHoldsNoThread) {
  options_.worker_threads = 1;
  options_.io_threads = 1;
  for (int i = 0; i < 16; ++i) {
    Put("k" + std::to_string(i), std::string(1 << 20, 'v'));
  }
  StartServer();
  RawClient stuck(address(), /*receive_buffer=*/4096);
  stuck.Send(Post("/v1/kv:streamScan", "{}"));
  RawClient other(address());
  for (int i = 0; i < 10; ++i) {
    other.Send(Get("/keys/k1"));
    EXPECT_EQ(other.Receive().status, 200);
  }
  const RawResponse response = stuck.Receive();
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.chunks, 16);
}

TEST_F(RestServerTest, WritesThatWaitHoldNoThread) {
  options_.worker_threads = 1;
  options_.io_threads = 1;
  Put("k", "v");
  StartServer();
  store_.HoldWrites();
  std::vector<std::unique_ptr<RawClient>> writers;
  for (int i = 0; i < 20; ++i) {
    writers.push_back(std::make_unique<RawClient>(address()));
    writers.back()->Send(Post("/keys", R"({"key":"w","value":"v"})"));
  }
  EXPECT_TRUE(Eventually([this] { return store_.writes() == 1 + 20; }));
  RawClient reader(address());
  reader.Send(Get("/keys/k"));
  EXPECT_EQ(reader.Receive().status, 200);
  store_.ReleaseWrites();
  for (const auto& writer : writers) EXPECT_EQ(writer->Receive().status, 200);
}

TEST_F(RestServerTest, EveryAnswerIsObservedWithItsTemplate) {
  StartServer();
  {
    RawClient client(address());
    client.Send(Get("/keys/secret"));
    client.Receive();
    client.Send(Get("/no/such/path"));
    client.Receive();
    client.Send("BREW /keys HTTP/1.1\r\nHost: h\r\n\r\n");
    client.Receive();
    client.Send("nonsense\r\n\r\n");
    client.Receive();
  }
  server_->Shutdown(seconds(10));
  EXPECT_EQ(
      observer_.requests(),
      (std::vector<std::string>{"GET /keys/{key} 404", "GET unknown 404",
                                "OTHER unknown 405", "OTHER unknown 400"}));
}

TEST_F(RestServerTest, APortInUseIsNamed) {
  StartServer();
  RestServerOptions second;
  second.listen = address();
  EXPECT_STATUS_CONTAINS(RestServer::Start(second, core_.get(), nullptr),
                         absl::StatusCode::kUnavailable, address());
}

TEST_F(RestServerTest, WhatIsNoAddressIsRefused) {
  core_ = std::make_unique<KvCore>(&store_, Limits());
  for (const char* listen : {"", "127.0.0.1", ":80", "127.0.0.1:",
                             "127.0.0.1:x", "127.0.0.1:70000", "h:-1"}) {
    options_.listen = listen;
    EXPECT_STATUS(RestServer::Start(options_, core_.get(), nullptr),
                  absl::StatusCode::kInvalidArgument)
        << listen;
  }
}

TEST_F(RestServerTest, ShutdownClosesIdleConnections) {
  StartServer();
  RawClient used(address());
  used.Send(Get("/healthz"));
  EXPECT_EQ(used.Receive().status, 200);
  RawClient fresh(address());
  server_->Shutdown(seconds(30));
  EXPECT_TRUE(used.AtEnd());
  EXPECT_TRUE(fresh.AtEnd());
  server_->Shutdown(seconds(30));  // once more does nothing
}

TEST_F(RestServerTest, ShutdownLetsARequestInFlightFinish) {
  StartServer();
  store_.HoldWrites();
  RawClient writer(address());
  writer.Send(Post("/keys", R"({"key":"k","value":"v"})"));
  ASSERT_TRUE(Eventually([this] { return store_.writes() == 1; }));
  std::thread shutdown([this] { server_->Shutdown(seconds(30)); });
  EXPECT_TRUE(Eventually([this] { return !RawClient::CanConnect(address()); }));
  store_.ReleaseWrites();
  RawResponse response = writer.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers["Connection"], "close");
  EXPECT_TRUE(writer.AtEnd());
  shutdown.join();
}

TEST_F(RestServerTest, ShutdownCutsWhatOutlastsTheGrace) {
  for (int i = 0; i < 16; ++i) {
    Put("k" + std::to_string(i), std::string(1 << 20, 'v'));
  }
  StartServer();
  RawClient stuck(address(), /*receive_buffer=*/4096);
  stuck.Send(Post("/v1/kv:streamScan", "{}"));
  server_->Shutdown(milliseconds(50));
  EXPECT_FALSE(stuck.Receive().complete);
  EXPECT_EQ(store_.open_snapshots(), 0U);
}

TEST_F(RestServerTest, ShutdownWaitsForTheStoreBeyondTheGrace) {
  StartServer();
  store_.HoldWrites();
  RawClient writer(address());
  writer.Send(Post("/keys", R"({"key":"k","value":"v"})"));
  ASSERT_TRUE(Eventually([this] { return store_.writes() == 1; }));
  auto shutdown = std::async(std::launch::async,
                             [this] { server_->Shutdown(milliseconds(0)); });
  EXPECT_TRUE(writer.AtEnd());
  EXPECT_EQ(shutdown.wait_for(milliseconds(50)), std::future_status::timeout);
  store_.ReleaseWrites();
  shutdown.wait();
}

TEST_F(RestServerTest, ManyClientsAtOnceAreAllAnswered) {
  StartServer();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      RawClient client(address());
      for (int i = 0; i < 100; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        client.Send(Post("/keys", R"({"key":")" + key + R"(","value":"v"})"));
        ASSERT_EQ(client.Receive().status, 200);
        client.Send(Get("/keys/" + key));
        ASSERT_EQ(client.Receive().status, 200);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lsmkv::service
