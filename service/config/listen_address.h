// HOST:PORT, as the --*-listen flags take it.

#ifndef LSMKV_SERVICE_CONFIG_LISTEN_ADDRESS_H_
#define LSMKV_SERVICE_CONFIG_LISTEN_ADDRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lsmkv::service {

struct ListenAddress {
  std::string host;  // without the brackets of [::1]
  uint16_t port = 0;
};

// Nothing where `text` is not HOST:PORT or [IPV6]:PORT.
std::optional<ListenAddress> ParseListenAddress(std::string_view text);

// True for localhost, 127.0.0.0/8 and ::1. A name is not looked up: any other
// counts as public.
bool IsLoopback(const std::string& host);
bool IsIpv6(const std::string& host);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CONFIG_LISTEN_ADDRESS_H_
