#include "client/cli/progress.h"

#include <utility>

namespace lsmkv::cli {
namespace {

constexpr std::chrono::milliseconds kRepeatAfter(250);

}  // namespace

Progress::Progress(std::ostream* err, bool enabled, Text text,
                   std::chrono::milliseconds first_after)
    : err_(err), text_(std::move(text)), first_after_(first_after) {
  if (enabled) thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(&mu_);
    stop_ = true;
    changed_.SignalAll();
  }
  thread_.join();
}

void Progress::Run() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Clock::time_point due = start + first_after_;
  bool shown = false;
  MutexLock lock(&mu_);
  while (!stop_) {
    const Clock::time_point now = Clock::now();
    if (now < due) {
      changed_.WaitUntil(&mu_, due);
      continue;
    }
    const double seconds = std::chrono::duration<double>(now - start).count();
    // Back to the first column; the rest of an older, longer text is wiped.
    *err_ << '\r' << text_(seconds) << "\x1b[K" << std::flush;
    shown = true;
    due = now + kRepeatAfter;
  }
  if (shown) *err_ << "\r\x1b[K" << std::flush;
}

}  // namespace lsmkv::cli
