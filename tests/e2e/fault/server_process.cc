#include "tests/e2e/fault/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<char*> Pointers(std::vector<std::string>* words) {
  std::vector<char*> pointers;
  for (std::string& word : *words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// This process's environment without any setting of lsmkv.
std::vector<std::string> CleanEnvironment() {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "LSMKV", 5) != 0) result.emplace_back(*entry);
  }
  return result;
}

// Between fork and exec: other threads' locks may be held, so that nothing
// but system calls is safe.
[[noreturn]] void Become(char** arguments, char** environment, int output,
                         int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool ready = getppid() == parent && dup2(output, STDOUT_FILENO) >= 0 &&
                     dup2(log, STDERR_FILENO) >= 0;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (ready) execve(arguments[0], arguments, environment);
  _exit(127);
}

absl::Status Errno(const std::string& what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

int MillisecondsUntil(steady_clock::time_point end) {
  const auto left =
      std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Spawn(
    const ServerCommand& command) {
  std::vector<std::string> words{
      LSMKVD_PROGRAM, "--data-dir=" + command.data_dir,
      "--grpc-listen=127.0.0.1:0", "--rest-listen=127.0.0.1:0",
      "--metrics-listen=127.0.0.1:0"};
  words.insert(words.end(), command.flags.begin(), command.flags.end());
  std::vector<std::string> environment = CleanEnvironment();
  const std::vector<char*> arguments = Pointers(&words);
  const std::vector<char*> variables = Pointers(&environment);
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) return Errno("pipe2");
  const int log = open(command.log_file.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t parent = getpid();
  const pid_t pid = log < 0 ? -1 : fork();
  if (pid == 0) {
    Become(const_cast<char**>(arguments.data()),
           const_cast<char**>(variables.data()), output[1], log, parent);
  }
  const absl::Status failure = Errno(command.log_file);
  close(output[1]);
  if (log >= 0) close(log);
  if (pid < 0) {
    close(output[0]);
    return failure;
  }
  return std::unique_ptr<ServerProcess>(new ServerProcess(pid, output[0]));
}

ServerProcess::~ServerProcess() {
  Signal(SIGKILL);
  while (!ended_ && waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  close(output_);
}

absl::Status ServerProcess::WaitUntilReady(milliseconds timeout) {
  const auto end = steady_clock::now() + timeout;
  std::string line;
  while (line.find('\n') == std::string::npos) {
    pollfd wait{output_, POLLIN, 0};
    const int ready = poll(&wait, 1, MillisecondsUntil(end));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return absl::DeadlineExceededError("lsmkvd is not ready");
    char piece[256];
    const ssize_t size = read(output_, piece, sizeof(piece));
    if (size > 0) {
      line.append(piece, static_cast<size_t>(size));
    } else if (size == 0 || errno != EINTR) {
      const absl::StatusOr<int> status = WaitForEnd(timeout);
      if (!status.ok()) return status.status();
      return absl::UnavailableError(absl::StrCat(
          "lsmkvd ended before it was ready: ", DescribeEnd(*status)));
    }
  }
  constexpr std::string_view kStart = "ready grpc=";
  const size_t space = line.find(' ', kStart.size());
  if (line.compare(0, kStart.size(), kStart) != 0 ||
      space == std::string::npos) {
    return absl::InternalError(absl::StrCat("not a ready line: ", line));
  }
  grpc_ = line.substr(kStart.size(), space - kStart.size());
  return absl::OkStatus();
}

void ServerProcess::Signal(int number) const {
  if (!ended_) kill(pid_, number);
}

absl::StatusOr<int> ServerProcess::WaitForEnd(milliseconds timeout) {
  if (ended_) return status_;
  // A pidfd becomes readable when the process ends.
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (handle < 0) return Errno("pidfd_open");
  const auto end = steady_clock::now() + timeout;
  int ready = -1;
  do {
    pollfd wait{handle, POLLIN, 0};
    ready = poll(&wait, 1, MillisecondsUntil(end));
  } while (ready < 0 && errno == EINTR);
  close(handle);
  if (ready <= 0) return absl::DeadlineExceededError("lsmkvd does not end");
  while (waitpid(pid_, &status_, 0) < 0) {
    if (errno != EINTR) return Errno("waitpid");
  }
  ended_ = true;
  return status_;
}

std::string DescribeEnd(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return absl::StrCat("signal ", WTERMSIG(wait_status));
  }
  return absl::StrCat("exit status ", WEXITSTATUS(wait_status));
}

}  // namespace lsmkv
