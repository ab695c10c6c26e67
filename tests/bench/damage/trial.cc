#include "tests/bench/damage/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

namespace lsmkv::damage {
namespace {

constexpr int kFirstExit = 40;  // Outcome n is exit status 40 + n
constexpr rlim_t kMemoryBytes = rlim_t{8} << 30;

void Limit(int resource, rlim_t value) {
  const rlimit limit = {value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

// Runs `body` in a child and returns what wait says of it.
int RunInChild(unsigned timeout_seconds, const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, STDOUT_FILENO);
    ::dup2(null, STDERR_FILENO);
    Limit(RLIMIT_CORE, 0);
    Limit(RLIMIT_AS, kMemoryBytes);
    ::alarm(timeout_seconds);
    ::_exit(body());
  }
  int status = -1;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

Outcome Worse(Outcome a, Outcome b) { return std::max(a, b); }

// Whether `value` is what the record must have.
Outcome JudgeFound(const Records& expected, std::string_view key,
                   std::string_view value) {
  const auto it = expected.live.find(key);
  return it != expected.live.end() && it->second == value ? Outcome::kRight
                                                          : Outcome::kWrong;
}

Outcome JudgeScan(OpenStore* store, const Records& expected) {
  Outcome outcome = Outcome::kRight;
  std::set<std::string, std::less<>> seen;
  const absl::Status status =
      store->Scan([&](std::string_view key, std::string_view value) {
        outcome = Worse(outcome, JudgeFound(expected, key, value));
        const bool is_next = seen.empty() || *seen.rbegin() < key;
        if (!is_next) outcome = Outcome::kWrong;
        seen.emplace(key);
      });
  if (!status.ok()) return Worse(outcome, Outcome::kRefused);
  for (const auto& record : expected.live) {
    if (seen.count(record.first) == 0) outcome = Worse(outcome, Outcome::kLost);
  }
  return outcome;
}

Outcome JudgeGet(OpenStore* store, const Records& expected,
                 const std::string& key) {
  const auto value = store->Get(key);
  if (!value.ok()) return Outcome::kRefused;
  if (value->has_value()) return JudgeFound(expected, key, **value);
  return expected.live.count(key) == 0 ? Outcome::kRight : Outcome::kLost;
}

int TryInChild(const Subject& subject, const std::string& folder) {
  auto store = subject.open(folder, /*create=*/false);
  Outcome outcome = Outcome::kRefused;
  if (store.ok()) {
    outcome = Judge(store->get(), Expected());
    (*store)->Close().IgnoreError();
    store->reset();
  }
  return kFirstExit + static_cast<int>(outcome);
}

}  // namespace

const char* Name(Outcome outcome) {
  static constexpr const char* kNames[kOutcomes] = {
      "right", "refused", "silently lost", "wrong", "crashed"};
  return kNames[static_cast<size_t>(outcome)];
}

Outcome Judge(OpenStore* store, const Records& expected) {
  Outcome outcome = JudgeScan(store, expected);
  for (const auto& record : expected.live) {
    outcome = Worse(outcome, JudgeGet(store, expected, record.first));
  }
  for (const std::string& key : expected.deleted) {
    outcome = Worse(outcome, JudgeGet(store, expected, key));
  }
  return outcome;
}

absl::Status MakeStore(const Subject& subject, const std::string& folder,
                       bool closed) {
  const int status = RunInChild(/*timeout_seconds=*/120, [&] {
    auto store = subject.open(folder, /*create=*/true);
    if (!store.ok() || !Fill(store->get()).ok()) return 1;
    if (!closed) ::kill(::getpid(), SIGKILL);
    return (*store)->Close().ok() ? 0 : 1;
  });
  const bool made = closed ? WIFEXITED(status) && WEXITSTATUS(status) == 0
                           : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  return made ? absl::OkStatus()
              : absl::InternalError("cannot fill a store of " + subject.engine);
}

Outcome Try(const Subject& subject, const std::string& folder,
            unsigned timeout_seconds, int* signal) {
  const int status =
      RunInChild(timeout_seconds, [&] { return TryInChild(subject, folder); });
  if (signal != nullptr && WIFSIGNALED(status)) *signal = WTERMSIG(status);
  if (!WIFEXITED(status)) return Outcome::kCrashed;
  const int outcome = WEXITSTATUS(status) - kFirstExit;
  return outcome >= 0 && outcome < kOutcomes ? static_cast<Outcome>(outcome)
                                             : Outcome::kCrashed;
}

}  // namespace lsmkv::damage
