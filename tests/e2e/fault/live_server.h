// LiveServer: an lsmkvd that is killed and started again on the same store
// while clients use it.
//
// Each start is a new process on a new port; clients take the connection anew
// for each call, and wait while the server is closed to them. Calls are never
// repeated: an outcome that is not known stays so.
//
// Threads: one thread owns the object; any number of clients call Connect.

#ifndef LSMKV_TESTS_E2E_FAULT_LIVE_SERVER_H_
#define LSMKV_TESTS_E2E_FAULT_LIVE_SERVER_H_

#include <signal.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/client.h"
#include "lsmkv/engine/mutex.h"
#include "tests/e2e/fault/server_process.h"
#include "tests/support/temp_dir.h"

namespace lsmkv {

// What became of a call.
enum class Outcome : uint8_t {
  kDone,
  kNotSent,  // certainly without effect
  kUnknown,  // UNAVAILABLE, DEADLINE_EXCEEDED or CANCELLED
  kWrong,    // an error that no fault of this test explains
};
Outcome OutcomeOf(const absl::Status& status);

// No retries, and this deadline for every call.
client::CallOptions CallOnce(std::chrono::milliseconds timeout);

// Lets so much time pass.
void Pass(uint64_t micros);

class LiveServer {
 public:
  // `deadline` is that of the clients' calls.
  explicit LiveServer(std::chrono::milliseconds deadline);

  // Starts a process and waits until it serves; clients are not let in yet.
  absl::Status Start(const std::vector<std::string>& flags);
  // Starts a process and kills it after `micros`, most likely in the middle of
  // its recovery.
  absl::Status StartAndKill(const std::vector<std::string>& flags,
                            uint64_t micros);
  // SIGKILL.
  void Kill();
  // SIGTERM; OK if it ends by itself with exit status 0.
  absl::Status Terminate();
  // SIGSTOP and SIGCONT.
  void Stop() { process_->Signal(SIGSTOP); }
  void Continue() { process_->Signal(SIGCONT); }
  // OK while the process runs.
  absl::Status CheckAlive();

  // Its own client. REQUIRES: the server was started and not ended.
  const client::Client& direct() const { return *direct_; }
  // Lets clients in, until the server ends.
  void Admit();
  // Waits until so many clients wait, and so none has a call under way.
  // REQUIRES: clients are not let in.
  void WaitUntilQuiet(int clients);
  // Sends away all clients that wait, now and later.
  void Abandon();

  // For clients: the server that serves now; waits until there is one. nullopt
  // after Abandon.
  std::optional<client::Client> Connect();

  // What the server has written on stderr, its end first to be cut.
  std::string Log() const;

 private:
  // Lets no client in any more.
  void Close();

  const client::CallOptions call_options_;
  TempDir dir_;
  std::unique_ptr<ServerProcess> process_;  // goes before the directory
  std::optional<client::Client> direct_;

  engine::Mutex mu_;
  engine::CondVar changed_;
  int waiting_ ABSL_GUARDED_BY(mu_) = 0;
  std::optional<client::Client> client_ ABSL_GUARDED_BY(mu_);
  bool abandoned_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_LIVE_SERVER_H_
