#include "service/core/scrubber.h"

#include <algorithm>

namespace lsmkv::service {
namespace {

using engine::MutexLock;

// A server that is starting has better things to do.
constexpr uint64_t kFirstPassMicros = 60'000'000;
// The thread looks at the clock this often.
constexpr uint64_t kLookMicros = 1'000'000;
// So many places are told apart; a store with more is beyond telling.
constexpr size_t kPlacesMax = 100'000;

}  // namespace

Scrubber::Scrubber(Store* store, engine::Env* clock,
                   const ScrubOptions& options, ScrubListener* listener)
    : store_(store),
      clock_(clock),
      options_(options),
      listener_(listener),
      due_micros_(clock->MonotonicMicros() +
                  std::min(kFirstPassMicros, options.interval_micros)) {}

Scrubber::~Scrubber() { Stop(); }

void Scrubber::Start() {
  if (options_.interval_micros == 0) return;
  thread_ = std::thread([this] { Run(); });
}

void Scrubber::Stop() {
  {
    MutexLock lock(&mu_);
    stopping_.store(true, std::memory_order_relaxed);
  }
  changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
}

void Scrubber::Run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    RunIfDue();
    const uint64_t now = clock_->MonotonicMicros();
    MutexLock lock(&mu_);
    if (stopping_.load(std::memory_order_relaxed)) return;
    const uint64_t left = due_micros_ > now ? due_micros_ - now : 0;
    changed_.WaitFor(&mu_, std::min(left, kLookMicros));
  }
}

bool Scrubber::RunIfDue() {
  const uint64_t now = clock_->MonotonicMicros();
  {
    MutexLock lock(&mu_);
    if (options_.interval_micros == 0 || now < due_micros_) return false;
    due_micros_ = now + options_.interval_micros;
  }
  RunPass();
  return true;
}

void Scrubber::RunPass() {
  engine::VerifyOptions options;
  options.bytes_per_second = options_.bytes_per_second;
  options.cancelled = &stopping_;
  uint64_t counted = 0;
  engine::VerifyProgress last;
  const auto progressed = [&](const engine::VerifyProgress& progress) {
    last = progress;
    MutexLock lock(&mu_);
    stats_.bytes += progress.bytes - std::min(progress.bytes, counted);
    counted = std::max(counted, progress.bytes);
  };
  const auto result = store_->Verify(
      options, [this](const engine::VerifyFinding& finding) { Found(finding); },
      progressed);
  if (result.ok()) progressed(*result);
  {
    MutexLock lock(&mu_);
    if (result.ok()) {
      ++stats_.passes;
      stats_.last_pass_micros = clock_->WallMicros();
      // What was mended, or compacted away, is no damage any more.
      known_.swap(found_);
      if (known_.empty()) stats_.damage.clear();
    } else {
      known_.merge(found_);
    }
    found_.clear();
    stats_.damaged_places = known_.size();
  }
  if (!stopping_.load(std::memory_order_relaxed)) {
    listener_->OnScrubPass(result.status(), last);
  }
}

void Scrubber::Found(const engine::VerifyFinding& finding) {
  {
    MutexLock lock(&mu_);
    if (found_.size() >= kPlacesMax) return;
    const Place place(finding.path, finding.offset);
    if (!found_.insert(place).second) return;
    if (found_.size() == 1) stats_.damage = finding.status.ToString();
    stats_.damaged_places = std::max<uint64_t>(known_.size(), found_.size());
    if (known_.count(place) != 0) return;
    ++stats_.findings;
  }
  listener_->OnScrubFinding(finding);
}

ScrubStats Scrubber::GetStats() const {
  MutexLock lock(&mu_);
  return stats_;
}

}  // namespace lsmkv::service
