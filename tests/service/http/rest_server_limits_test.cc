// What a hostile or broken client gets.

#include <chrono>
#include <string>

#include "gtest/gtest.h"

#include "tests/service/http/rest_server_fixture.h"

namespace lsmkv::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

using RestServerLimitsTest = RestServerTest;

// The status of what a server answers to `bytes`, 0 where it just closes; the
// connection must be over afterwards.
int StatusAndEnd(const std::string& address, const std::string& bytes) {
  RawClient client(address);
  client.Send(bytes);
  const int status = client.Receive().status;
  EXPECT_TRUE(client.AtEnd()) << bytes.substr(0, 60);
  return status;
}

TEST_F(RestServerLimitsTest, MalformedRequestsAreRefusedAndTheConnectionEnds) {
  StartServer();
  const std::string kHost = "Host: h\r\n";
  const std::string kRequests[] = {
      "nonsense\r\n\r\n",
      "GET\r\n\r\n",
      "GET /healthz\r\n\r\n",
      "GET  /healthz HTTP/1.1\r\n" + kHost + "\r\n",
      "GET /healthz  HTTP/1.1\r\n" + kHost + "\r\n",
      "GET /healthz HTTP/1.1 \r\n" + kHost + "\r\n",
      "GET /heal thz HTTP/1.1\r\n" + kHost + "\r\n",
      "GET /healthz HTTP/1.1\n" + kHost + "\r\n",
      "GET /healthz HTTP/1.1\r\nHost: h\n\n\r\n\r\n",
      "GET /healthz HTTX/1.1\r\n" + kHost + "\r\n",
      "GET /healthz http/1.1\r\n" + kHost + "\r\n",
      "GET /healthz HTTP/1\r\n" + kHost + "\r\n",
      "GET /healthz HTTP/3.0\r\n" + kHost + "\r\n",
      "G\x01T /healthz HTTP/1.1\r\n" + kHost + "\r\n",
      "GET /heal\x01thz HTTP/1.1\r\n" + kHost + "\r\n",
      "GET /healthz HTTP/1.1\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + kHost + "\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + "No colon\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + "Space : x\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + ": x\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + "N\x01: x\r\n\r\n",
      "GET /healthz HTTP/1.1\r\n" + kHost + "N: a\x01z\r\n\r\n",
      std::string("GET /healthz HTTP/1.1\r\nHost: h\r\nN: a\0z\r\n\r\n", 42),
      "GET /healthz HTTP/1.1\r\n Folded: x\r\n" + kHost + "\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost + "Content-Length: -1\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost + "Content-Length: +1\r\n\r\nx",
      "POST /keys HTTP/1.1\r\n" + kHost + "Content-Length: 0x1\r\n\r\nx",
      "POST /keys HTTP/1.1\r\n" + kHost + "Content-Length: 1 1\r\n\r\nx",
      "POST /keys HTTP/1.1\r\n" + kHost + "Content-Length: 1, 1\r\n\r\nx",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Content-Length: 99999999999999999999\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost + "Transfer-Encoding: gzip\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked, identity\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      "POST /keys HTTP/1.1\r\n" + kHost +
          "Transfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
  };
  for (const std::string& request : kRequests) {
    EXPECT_EQ(StatusAndEnd(address(), request), 400) << request;
  }
  RawClient client(address());
  client.Send(Get("/healthz"));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(RestServerLimitsTest, ErrorsHaveAJsonBody) {
  StartServer();
  RawClient client(address());
  client.Send("nonsense\r\n\r\n");
  RawResponse response = client.Receive();
  EXPECT_EQ(response.headers["Content-Type"], "application/json");
  EXPECT_EQ(response.body.rfind("{\"code\":3,", 0), 0U) << response.body;
}

TEST_F(RestServerLimitsTest, HeadersAboveTheLimitAre431) {
  StartServer();
  const auto request = [](size_t bytes) {
    return "GET /healthz HTTP/1.1\r\nHost: h\r\nX: " + std::string(bytes, 'x') +
           "\r\n\r\n";
  };
  RawClient client(address());
  client.Send(request(15'000));
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_EQ(StatusAndEnd(address(), request(17'000)), 431);
  EXPECT_EQ(StatusAndEnd(address(), "GET /" + std::string(17'000, 'a') +
                                        " HTTP/1.1\r\nHost: h\r\n\r\n"),
            431);
  std::string many = "GET /healthz HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 120; ++i) many += "A: b\r\n";
  EXPECT_EQ(StatusAndEnd(address(), many + "\r\n"), 431);
}

TEST_F(RestServerLimitsTest, AHeaderWithoutAnEndIs431) {
  StartServer();
  RawClient client(address());
  client.Send("GET /" + std::string(100'000, 'a'));
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(RestServerLimitsTest, AnnouncedBodiesAboveTheLimitAre413AtOnce) {
  StartServer();
  RawClient client(address());
  client.Send(
      "POST /keys HTTP/1.1\r\nHost: h\r\nContent-Length: 60000000\r\n\r\n");
  RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.headers["Connection"], "close");
  EXPECT_EQ(response.body.rfind("{\"code\":8,", 0), 0U) << response.body;
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(RestServerLimitsTest, TheAnswerIsNotLostToAClientThatGoesOnSending) {
  Limits limits;
  limits.value_bytes_max = 1024;
  StartServer(limits);
  RawClient client(address());
  client.Send(Post("/keys", std::string(1'000'000, 'x')));
  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(RestServerLimitsTest, ChunkedBodiesAboveTheLimitAre413) {
  Limits limits;
  limits.value_bytes_max = 1024;
  StartServer(limits);
  RawClient client(address());
  client.Send(
      "POST /keys HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 4; ++i) client.Send(chunk);
  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(RestServerLimitsTest, AValueOfTheLimitFitsInBase64) {
  const Limits limits;
  StartServer();
  RawClient client(address());
  const std::string base64(limits.value_bytes_max / 3 * 4, 'A');
  client.Send(Post("/keys", R"({"key":"k","value_base64":")" + base64 + "\"}"));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(RestServerLimitsTest, BodiesOfAllConnectionsTogetherAreLimited) {
  options_.bodies_bytes_max = 1000;
  StartServer();
  RawClient client(address());
  client.Send(Post("/keys", std::string(2000, 'x')));
  RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers["Retry-After"], "1");
  RawClient next(address());
  for (int i = 0; i < 3; ++i) {  // what a request held comes back
    next.Send(Post("/keys", std::string(900, ' ')));
    EXPECT_EQ(next.Receive().status, 400);
  }
}

TEST_F(RestServerLimitsTest, ASlowHeaderEndsTheConnectionInTotalTime) {
  options_.header_timeout = milliseconds(200);
  StartServer();
  const auto start = steady_clock::now();
  RawClient client(address());
  // A byte every now and then does not buy more time. The connection ends
  // after 200 ms; 10 s are the patience of this test.
  client.Send("GET /healthz HTTP/1.1\r\nHost: h\r\nX: ");
  bool open = true;
  while (open && steady_clock::now() - start < std::chrono::seconds(10)) {
    open = client.Send("x") && !client.EndsWithin(milliseconds(20));
  }
  EXPECT_FALSE(open);
  EXPECT_GE(steady_clock::now() - start, milliseconds(200));
}

TEST_F(RestServerLimitsTest, ASlowBodyEndsTheConnection) {
  options_.body_timeout = milliseconds(100);
  StartServer();
  RawClient client(address());
  client.Send("POST /keys HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(RestServerLimitsTest, AnIdleConnectionEnds) {
  options_.idle_timeout = milliseconds(100);
  StartServer();
  RawClient fresh(address());
  EXPECT_TRUE(fresh.AtEnd());
  RawClient used(address());
  used.Send(Get("/healthz"));
  EXPECT_EQ(used.Receive().status, 200);
  EXPECT_TRUE(used.AtEnd());
}

TEST_F(RestServerLimitsTest, AReaderThatTakesNothingIsCutOff) {
  options_.body_timeout = milliseconds(100);
  for (int i = 0; i < 16; ++i) {
    Put("k" + std::to_string(i), std::string(1 << 20, 'v'));
  }
  StartServer();
  RawClient client(address(), /*receive_buffer=*/4096);
  client.Send(Post("/v1/kv:streamScan", "{}"));
  // The server lets go by itself: nothing is read here until it has.
  EXPECT_TRUE(Eventually([this] { return store_.open_snapshots() == 1; }));
  EXPECT_TRUE(Eventually([this] { return store_.open_snapshots() == 0; }));
  EXPECT_FALSE(client.Receive().complete);
}

TEST_F(RestServerLimitsTest, ConnectionsAboveTheCapAreClosed) {
  options_.connections_max = 2;
  StartServer();
  RawClient first(address());
  RawClient second(address());
  for (RawClient* client : {&first, &second}) {
    client->Send(Get("/healthz"));
    EXPECT_EQ(client->Receive().status, 200);
  }
  RawClient third(address());
  EXPECT_TRUE(third.AtEnd());
  first.Send(Get("/healthz"));
  EXPECT_EQ(first.Receive().status, 200);
}

TEST_F(RestServerLimitsTest, ClientsThatGoAwayAreForgotten) {
  options_.connections_max = 4;
  StartServer();
  for (int i = 0; i < 100; ++i) {
    RawClient client(address());
    client.Send(i % 2 == 0 ? "GET /heal"
                           : "POST /keys HTTP/1.1\r\nHost: h\r\n"
                             "Content-Length: 9\r\n\r\n{");
    client.Close();
  }
  // The cap would be reached by now if they were not.
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) {
    RawClient client(address());
    client.Send(Get("/healthz"));
    status = client.Receive().status;
  }
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace lsmkv::service
