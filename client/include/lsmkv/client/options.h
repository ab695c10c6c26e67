// Options of a connection, and of the calls made through it.
//
// Precedence of CallOptions, field by field: what is set for the call wins
// over what is set for the Client, which wins over the default named here. An
// unset optional or a null pointer is "not set".

#ifndef LSMKV_CLIENT_OPTIONS_H_
#define LSMKV_CLIENT_OPTIONS_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "lsmkv/client/retry_policy.h"
#include "lsmkv/client/types.h"

namespace lsmkv::client {

inline constexpr char kDefaultEndpoint[] = "127.0.0.1:50051";

// Fixed for the life of a connection.
struct ConnectionOptions {
  // HOST:PORT of the server's gRPC listener, or any other gRPC target
  // ("dns:///name:port", "unix:/path").
  std::string endpoint = kDefaultEndpoint;

  // Put before the library's own name in the user agent, for example
  // "myapp/1.2".
  std::string user_agent = {};

  // How long one attempt to connect may take. Calls fail with UNAVAILABLE
  // once it failed. 1 ms or more.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(5);

  // A silent connection is probed this often while calls are running; one
  // that does not answer is dropped. 0: never. At least 10 s, or servers
  // close the connection.
  std::chrono::milliseconds keepalive_time = std::chrono::seconds(60);

  // Connections of one process to one endpoint share one TCP connection;
  // true gives this one its own.
  bool own_tcp_connection = false;
};

// Of one call, or of all calls of a Client.
struct CallOptions {
  // Longest time of a call, all its attempts and waits together. Default:
  // 10 s; 0: none. Scan, Flush and Compact use long_timeout instead.
  std::optional<std::chrono::milliseconds> timeout = std::nullopt;

  // The same for Scan (from first to last record), Flush and Compact.
  // Default: none.
  std::optional<std::chrono::milliseconds> long_timeout = std::nullopt;

  // Longest time of one attempt; what it cuts off counts as UNAVAILABLE for
  // the retry policy. Never exceeds what is left of the call; Scan ignores it.
  // Default: none.
  std::optional<std::chrono::milliseconds> attempt_timeout = std::nullopt;

  // Default: LimitedErrorCountRetryPolicy(3).
  std::shared_ptr<const RetryPolicy> retry_policy = nullptr;

  // Default: ExponentialBackoffPolicy(100 ms, 5 s, 2.0).
  std::shared_ptr<const BackoffPolicy> backoff_policy = nullptr;

  // True also retries Put, Delete, DeleteRange and BatchWrite, which may then
  // be applied twice; harmless unless another client wrote the same keys in
  // between. Default: false.
  std::optional<bool> retry_writes = std::nullopt;

  // Of writes; reads ignore it. Default: kServerDefault.
  std::optional<Durability> durability = std::nullopt;
};

// `call` with every field it leaves unset taken from `fallback`.
CallOptions MergeOptions(CallOptions call, const CallOptions& fallback);

// The defaults named above, every field set.
const CallOptions& DefaultCallOptions();

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_OPTIONS_H_
