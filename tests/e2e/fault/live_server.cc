#include "tests/e2e/fault/live_server.h"

#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

using engine::MutexLock;
using std::chrono::milliseconds;

// Ends of waiting that only a fault reaches.
constexpr milliseconds kStartTimeout{60'000};
constexpr milliseconds kStopTimeout{60'000};
constexpr size_t kLogBytesShown = 8000;

ServerCommand CommandFor(const TempDir& dir,
                         const std::vector<std::string>& flags) {
  ServerCommand command;
  command.data_dir = dir.File("store");
  command.log_file = dir.File("log");
  command.flags = flags;
  return command;
}

}  // namespace

Outcome OutcomeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return Outcome::kDone;
    case absl::StatusCode::kUnavailable:
      return client::IsConnectError(status) ? Outcome::kNotSent
                                            : Outcome::kUnknown;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return Outcome::kUnknown;
    default:
      return Outcome::kWrong;
  }
}

client::CallOptions CallOnce(milliseconds timeout) {
  client::CallOptions options;
  options.timeout = timeout;
  options.long_timeout = timeout;
  options.retry_policy =
      std::make_shared<client::LimitedErrorCountRetryPolicy>(0);
  options.retry_writes = false;
  return options;
}

void Pass(uint64_t micros) {
  // Nobody signals.
  engine::Mutex mu;
  engine::CondVar never;
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::microseconds(micros);
  MutexLock lock(&mu);
  while (std::chrono::steady_clock::now() < end) never.WaitFor(&mu, micros);
}

LiveServer::LiveServer(milliseconds deadline)
    : call_options_(CallOnce(deadline)) {}

absl::Status LiveServer::Start(const std::vector<std::string>& flags) {
  auto process = ServerProcess::Spawn(CommandFor(dir_, flags));
  if (!process.ok()) return process.status();
  process_ = *std::move(process);
  absl::Status status = process_->WaitUntilReady(kStartTimeout);
  if (!status.ok()) return status;
  client::ConnectionOptions options;
  options.endpoint = process_->grpc();
  direct_.emplace(client::MakeConnection(options), call_options_);
  return absl::OkStatus();
}

absl::Status LiveServer::StartAndKill(const std::vector<std::string>& flags,
                                      uint64_t micros) {
  auto process = ServerProcess::Spawn(CommandFor(dir_, flags));
  if (!process.ok()) return process.status();
  Pass(micros);
  return absl::OkStatus();  // the process goes by SIGKILL
}

void LiveServer::Kill() {
  // Before clients are told, so that they have calls under way.
  process_->Signal(SIGKILL);
  Close();
  process_.reset();
}

absl::Status LiveServer::Terminate() {
  // gRPC looks only every five seconds at a connection without calls, and the
  // server waits for it to take note of the end.
  direct_.reset();
  process_->Signal(SIGTERM);
  // Clients go on until it has ended: it must send them away by itself.
  const absl::StatusOr<int> end = process_->WaitForEnd(kStopTimeout);
  Close();
  process_.reset();
  if (!end.ok()) return end.status();
  if (WIFEXITED(*end) && WEXITSTATUS(*end) == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("lsmkvd ended on SIGTERM with ", DescribeEnd(*end)));
}

absl::Status LiveServer::CheckAlive() {
  const absl::StatusOr<int> end = process_->WaitForEnd(milliseconds(0));
  if (!end.ok() && absl::IsDeadlineExceeded(end.status())) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      absl::StrCat("lsmkvd is gone: ",
                   end.ok() ? DescribeEnd(*end) : end.status().ToString()));
}

void LiveServer::Admit() {
  MutexLock lock(&mu_);
  client_ = direct_;
  changed_.SignalAll();
}

void LiveServer::Close() {
  direct_.reset();
  MutexLock lock(&mu_);
  client_.reset();
}

void LiveServer::WaitUntilQuiet(int clients) {
  MutexLock lock(&mu_);
  while (waiting_ < clients) changed_.Wait(&mu_);
}

std::optional<client::Client> LiveServer::Connect() {
  MutexLock lock(&mu_);
  ++waiting_;
  if (!client_) changed_.SignalAll();
  while (!client_ && !abandoned_) changed_.Wait(&mu_);
  --waiting_;
  return abandoned_ ? std::nullopt : client_;
}

void LiveServer::Abandon() {
  MutexLock lock(&mu_);
  abandoned_ = true;
  changed_.SignalAll();
}

std::string LiveServer::Log() const {
  std::ostringstream text;
  text << std::ifstream(dir_.File("log")).rdbuf();
  std::string log = text.str();
  if (log.size() > kLogBytesShown) log.erase(0, log.size() - kLogBytesShown);
  return log;
}

}  // namespace lsmkv
