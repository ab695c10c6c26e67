#include "service/config/listen_address.h"

#include <gtest/gtest.h>

namespace lsmkv::service {
namespace {

TEST(ListenAddressTest, HostAndPortAreTold) {
  const auto v4 = ParseListenAddress("127.0.0.1:8080");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  const auto v6 = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(ListenAddressTest, OtherTextIsNoAddress) {
  for (const char* text :
       {"", ":", "host", "host:", ":80", "host:x", "host:65536", "host:-1",
        "host: 80", "::1:80", "[::1]", "[x]:80", "[]:80", "host:80x"}) {
    EXPECT_FALSE(ParseListenAddress(text).has_value()) << text;
  }
}

TEST(ListenAddressTest, OnlyLoopbackIsLoopback) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost"}) {
    EXPECT_TRUE(IsLoopback(host)) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "example",
                           "127.0.0.1.example", "localhost.example", ""}) {
    EXPECT_FALSE(IsLoopback(host)) << host;
  }
}

}  // namespace
}  // namespace lsmkv::service
