#include "tests/bench/child.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace lsmkv::bench {
namespace {

// What a child says: its status code, the sample, then the message.
struct Answer {
  int code = 0;
  Sample sample;
};

// How a child ended.
struct Ending {
  std::string said;
  bool in_time = false;
  int wait_status = 0;
  rusage usage = {};
};

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the parent then finds the answer too short
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void Say(const absl::StatusOr<Sample>& sample, int fd) {
  Answer answer;
  std::string bytes(sizeof(answer), '\0');
  if (sample.ok()) {
    answer.sample = *sample;
  } else {
    answer.code = static_cast<int>(sample.status().code());
    bytes.append(sample.status().message().data(),
                 sample.status().message().size());
  }
  std::memcpy(bytes.data(), &answer, sizeof(answer));
  WriteAll(fd, bytes);
}

// Reads until the child closes its end; false if the time runs out first.
bool ReadAnswer(int fd, uint64_t timeout_seconds, std::string* bytes) {
  using std::chrono::steady_clock;
  const auto deadline =
      steady_clock::now() + std::chrono::seconds(timeout_seconds);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const auto wait_ms = std::min<int64_t>(left.count(), 1000);
    if (::poll(&waiting, 1, static_cast<int>(wait_ms)) <= 0) continue;
    char buffer[4096];
    const ssize_t n = ::read(fd, buffer, sizeof(buffer));
    if (n == 0 || (n < 0 && errno != EINTR)) return true;
    if (n > 0) bytes->append(buffer, static_cast<size_t>(n));
  }
}

// `run` is given the descriptor to answer to, and must not return into code
// of the parent: the process ends after it.
absl::StatusOr<Ending> Fork(uint64_t timeout_seconds,
                            absl::FunctionRef<void(int)> run) {
  int ends[2];
  if (::pipe(ends) != 0) return absl::InternalError("no pipe");
  std::fflush(nullptr);  // or the child prints what is still in the buffers
  const pid_t child = ::fork();
  if (child < 0) return absl::InternalError("no process");
  if (child == 0) {
    ::close(ends[0]);
    run(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  Ending ending;
  ending.in_time = ReadAnswer(ends[0], timeout_seconds, &ending.said);
  if (!ending.in_time) ::kill(child, SIGKILL);
  ::close(ends[0]);
  while (::wait4(child, &ending.wait_status, 0, &ending.usage) < 0 &&
         errno == EINTR) {
  }
  if (ending.in_time) return ending;
  return absl::DeadlineExceededError("not done after " +
                                     std::to_string(timeout_seconds) + " s");
}

absl::StatusOr<Sample> Decode(const Ending& ending) {
  Answer answer;
  if (ending.said.size() >= sizeof(answer)) {
    std::memcpy(&answer, ending.said.data(), sizeof(answer));
    if (answer.code != 0) {
      return absl::Status(static_cast<absl::StatusCode>(answer.code),
                          ending.said.substr(sizeof(answer)));
    }
  }
  if (WIFSIGNALED(ending.wait_status)) {
    return absl::InternalError(std::string("killed by the signal ") +
                               ::strsignal(WTERMSIG(ending.wait_status)));
  }
  if (ending.said.size() < sizeof(answer)) {
    return absl::InternalError("ended without an answer");
  }
  answer.sample.peak_rss_bytes =
      static_cast<uint64_t>(ending.usage.ru_maxrss) * 1024;
  return answer.sample;
}

}  // namespace

absl::StatusOr<Sample> RunInChild(
    uint64_t timeout_seconds,
    absl::FunctionRef<absl::StatusOr<Sample>()> work) {
  const absl::StatusOr<Ending> ending =
      Fork(timeout_seconds, [&work](int fd) { Say(work(), fd); });
  if (!ending.ok()) return ending.status();
  return Decode(*ending);
}

absl::Status RunInKilledChild(uint64_t timeout_seconds,
                              absl::FunctionRef<absl::Status()> work) {
  const absl::StatusOr<Ending> ending = Fork(timeout_seconds, [&work](int fd) {
    const absl::Status status = work();
    if (status.ok()) ::kill(::getpid(), SIGKILL);
    Say(status, fd);
  });
  if (!ending.ok()) return ending.status();
  if (WIFSIGNALED(ending->wait_status) &&
      WTERMSIG(ending->wait_status) == SIGKILL) {
    return absl::OkStatus();
  }
  return Decode(*ending).status();
}

}  // namespace lsmkv::bench
