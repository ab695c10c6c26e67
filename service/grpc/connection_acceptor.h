// ConnectionAcceptor: accepts connections for a gRPC server.
//
// gRPC 1.51 closes its listening socket for good when accepting fails once,
// as it does when the process has no descriptor left (grpc issue 20418): one
// burst of clients, and the server is never reached again. So the socket is
// ours, and accepting goes on when there are descriptors again.

#ifndef LSMKV_SERVICE_GRPC_CONNECTION_ACCEPTOR_H_
#define LSMKV_SERVICE_GRPC_CONNECTION_ACCEPTOR_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lsmkv::service {

class ConnectionAcceptor {
 public:
  // Takes the connected socket, which does not block.
  using Handle = std::function<void(int listener_fd, int fd)>;

  // Listens on HOST:PORT; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<ConnectionAcceptor>> Listen(
      const std::string& address);
  // Stops.
  ~ConnectionAcceptor();
  ConnectionAcceptor(const ConnectionAcceptor&) = delete;
  ConnectionAcceptor& operator=(const ConnectionAcceptor&) = delete;

  int port() const;
  // Calls `handle` on a thread of its own, from now until Stop.
  void Start(Handle handle);
  // No call to `handle` is running when it returns. Idempotent.
  void Stop();

 private:
  class Impl;
  explicit ConnectionAcceptor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_CONNECTION_ACCEPTOR_H_
