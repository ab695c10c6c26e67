// ServerProcess: one lsmkvd of its own, started, signalled and never left
// behind: it dies with the thread that started it, whatever becomes of it.
//
// Threads: the thread that starts one must outlive it; use from one thread.

#ifndef LSMKV_TESTS_E2E_FAULT_SERVER_PROCESS_H_
#define LSMKV_TESTS_E2E_FAULT_SERVER_PROCESS_H_

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv {

struct ServerCommand {
  std::string data_dir;
  std::string log_file;            // stderr is appended to it
  std::vector<std::string> flags;  // beside those for listeners and the store
};

class ServerProcess {
 public:
  // Returns as soon as the process runs, long before it serves.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Spawn(
      const ServerCommand& command);
  // SIGKILL, and waits for the end.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Waits for the line that says where it serves; UNAVAILABLE with what the
  // process ended with, or DEADLINE_EXCEEDED.
  absl::Status WaitUntilReady(std::chrono::milliseconds timeout);
  // HOST:PORT of the gRPC listener. REQUIRES: it was ready.
  const std::string& grpc() const { return grpc_; }

  void Signal(int number) const;
  // Waits for the end: the status of waitpid, or DEADLINE_EXCEEDED.
  absl::StatusOr<int> WaitForEnd(std::chrono::milliseconds timeout);

 private:
  ServerProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  const pid_t pid_;
  const int output_;  // its stdout
  bool ended_ = false;
  int status_ = 0;
  std::string grpc_;
};

// "exit status 1", "signal 9".
std::string DescribeEnd(int wait_status);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_SERVER_PROCESS_H_
