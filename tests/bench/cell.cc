#include "tests/bench/cell.h"

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
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "tests/bench/process_stats.h"
#include "tests/bench/run_workload.h"

namespace lsmkv::bench {
namespace {

// What a child says: its status code, the sample, then the message.
struct Answer {
  int code = 0;
  Sample sample;
};

absl::StatusOr<Sample> Measure(const Engine& engine, const Workload& workload,
                               const BenchOptions& options,
                               const Store& store) {
  const bool fresh =
      workload.needs == StoreState::kEmpty || workload.needs != store.state;
  std::error_code error;
  if (fresh) std::filesystem::remove_all(store.dir, error);
  std::filesystem::create_directories(store.dir, error);
  if (error) return absl::InternalError(store.dir + ": " + error.message());

  absl::StatusOr<std::unique_ptr<Peer>> peer =
      engine.open(options.settings, store.dir);
  if (!peer.ok()) return peer.status();
  if (fresh && workload.needs == StoreState::kLoaded) {
    const absl::Status loaded = LoadStore(options, peer->get());
    if (!loaded.ok()) return loaded;
  }
  absl::StatusOr<Sample> sample = RunWorkload(workload, options, peer->get());
  if (!sample.ok()) return sample;
  const absl::Status closed = (*peer)->Close();
  if (!closed.ok()) return closed;
  return sample;
}

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the parent then finds the answer too short
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

[[noreturn]] void RunChild(const Engine& engine, const Workload& workload,
                           const BenchOptions& options, const Store& store,
                           int fd) {
  const absl::StatusOr<Sample> sample =
      Measure(engine, workload, options, store);
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
  ::_exit(0);
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

absl::StatusOr<Sample> Decode(const std::string& bytes, int wait_status,
                              const rusage& usage) {
  if (WIFSIGNALED(wait_status)) {
    return absl::InternalError(std::string("killed by the signal ") +
                               ::strsignal(WTERMSIG(wait_status)));
  }
  Answer answer;
  if (bytes.size() < sizeof(answer)) {
    return absl::InternalError("ended without an answer");
  }
  std::memcpy(&answer, bytes.data(), sizeof(answer));
  if (answer.code != 0) {
    return absl::Status(static_cast<absl::StatusCode>(answer.code),
                        bytes.substr(sizeof(answer)));
  }
  answer.sample.peak_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  return answer.sample;
}

}  // namespace

absl::StatusOr<Sample> RunCell(const Engine& engine, const Workload& workload,
                               const BenchOptions& options, Store* store) {
  int ends[2];
  if (::pipe(ends) != 0) return absl::InternalError("no pipe");
  std::fflush(nullptr);  // or the child prints what is still in the buffers
  const pid_t child = ::fork();
  if (child < 0) return absl::InternalError("no process");
  if (child == 0) {
    ::close(ends[0]);
    RunChild(engine, workload, options, *store, ends[1]);
  }
  ::close(ends[1]);
  std::string bytes;
  const bool in_time = ReadAnswer(ends[0], options.timeout_seconds, &bytes);
  if (!in_time) ::kill(child, SIGKILL);
  ::close(ends[0]);
  int wait_status = 0;
  rusage usage{};
  while (::wait4(child, &wait_status, 0, &usage) < 0 && errno == EINTR) {
  }
  store->state = StoreState::kOther;
  if (!in_time) {
    return absl::DeadlineExceededError(
        "not done after " + std::to_string(options.timeout_seconds) + " s");
  }
  absl::StatusOr<Sample> sample = Decode(bytes, wait_status, usage);
  if (!sample.ok()) return sample;
  sample->disk_bytes = DiskBytes(store->dir);
  store->state = workload.leaves;
  SyncFileSystem(store->dir);
  return sample;
}

}  // namespace lsmkv::bench
