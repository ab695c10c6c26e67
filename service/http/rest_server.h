// RestServer: the HTTP/1.1 listener in front of RestHandler.
//
// A few I/O threads own the sockets; a small pool runs the handlers, which may
// block. A write that waits for the disk holds neither: its answer is sent when
// the store calls back. A streamed answer is made one chunk at a time, each
// after the one before has left, so a slow reader costs one chunk of memory.
//
// What a hostile or broken client can cost is bounded: header bytes and lines,
// body bytes (one request and all requests together), connections, and the time
// each phase of a request may take as a whole, not per read.
//
// Threads: Start() starts its own; every method may be called from any thread.

#ifndef LSMKV_SERVICE_HTTP_REST_SERVER_H_
#define LSMKV_SERVICE_HTTP_REST_SERVER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lsmkv::service {

class KvCore;
class RestObserver;

struct RestServerOptions {
  // HOST:PORT or [IPV6]:PORT; port 0 picks a free one.
  std::string listen = "127.0.0.1:8080";
  // What AdminService.GetStats says over REST.
  std::string server_version;
  std::chrono::steady_clock::time_point started =
      std::chrono::steady_clock::now();

  int io_threads = 2;
  // Most requests that wait for reads, or for a write to be taken, at a time.
  int worker_threads = 8;

  // A connection above this is closed as soon as it is accepted.
  size_t connections_max = 1024;
  // Request line and header fields together; more is 431.
  uint32_t header_bytes_max = 16 << 10;
  size_t header_fields_max = 100;
  // Bytes of request bodies held at a time by all connections; a request that
  // would pass it is 503. Above the largest single body.
  uint64_t bodies_bytes_max = uint64_t{512} << 20;

  // From a request's first byte to the end of its header.
  std::chrono::milliseconds header_timeout{5'000};
  // For a request's body, and for an answer to be taken; a second is added for
  // each MiB.
  std::chrono::milliseconds body_timeout{30'000};
  // Between requests of a connection.
  std::chrono::milliseconds idle_timeout{60'000};
  // How long what a client still sends is read and dropped after an error
  // answer, so that the answer is not lost to a reset.
  std::chrono::milliseconds linger_timeout{1'000};
};

class RestServer {
 public:
  // Binds and serves. `core` and `observer` are borrowed until the server is
  // destroyed; a null observer observes nothing. Fails with UNAVAILABLE naming
  // the address where it cannot be bound, INVALID_ARGUMENT where it is none.
  static absl::StatusOr<std::unique_ptr<RestServer>> Start(
      const RestServerOptions& options, KvCore* core, RestObserver* observer);

  // Shuts down at once if Shutdown() was not called.
  ~RestServer();

  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  // HOST:PORT it listens on, with the real port.
  std::string address() const;

  // Stops accepting, closes idle connections, lets requests in flight finish
  // for at most `grace`, then cuts their connections. Returns when nothing of
  // the server runs any more: no call into the core is left. Idempotent.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  class Impl;
  explicit RestServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_HTTP_REST_SERVER_H_
