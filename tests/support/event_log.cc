#include "tests/support/event_log.h"

#include <algorithm>

namespace lsmkv {
namespace {

// FNV-1a, with the number of bytes so that parts cannot run into each other.
uint64_t Mix(uint64_t hash, std::string_view bytes) {
  constexpr uint64_t kPrime = 0x100000001b3;
  hash = (hash ^ bytes.size()) * kPrime;
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

uint64_t Mix(uint64_t hash, uint64_t number) {
  uint64_t z = (hash ^ number) * 0xbf58476d1ce4e5b9u;
  return z ^ (z >> 29);
}

}  // namespace

void EventLog::Add(uint64_t micros, uint32_t thread, const char* what,
                   std::string_view detail) {
  hash_ = Mix(Mix(hash_, micros), thread);
  hash_ = Mix(Mix(hash_, what), detail);
  Event event{hash_, micros, what, thread, {}};
  detail = detail.substr(0, event.detail.size() - 1);
  std::copy(detail.begin(), detail.end(), event.detail.begin());
  if (events_.size() < kKept) {
    events_.push_back(event);
  } else {
    events_[size_ % kKept] = event;
  }
  ++size_;
}

std::string EventLog::Lines(uint64_t begin, uint64_t end) const {
  std::string out;
  for (uint64_t i = begin; i < end; ++i) {
    const Event& event = At(i);
    out += "  #" + std::to_string(i) + " t=" + std::to_string(event.micros) +
           " thread " + std::to_string(event.thread) + ": " + event.what;
    if (event.detail[0] != '\0') out += std::string(" ") + event.detail.data();
    out += '\n';
  }
  return out;
}

std::string EventLog::Tail(size_t n) const {
  return Lines(size_ - std::min<uint64_t>({n, size_, kKept}), size_);
}

std::string EventLog::Difference(const EventLog& a, const EventLog& b) {
  const uint64_t larger = std::max(a.size_, b.size_);
  const uint64_t begin = larger - std::min<uint64_t>(larger, kKept);
  const uint64_t end = std::min(a.size_, b.size_);
  uint64_t i = begin;
  while (i < end && a.At(i).hash == b.At(i).hash) ++i;
  if (i >= end && a.size_ == b.size_) return "";
  const uint64_t from = i - std::min<uint64_t>(i - begin, 20);
  return "first run:\n" + a.Lines(from, std::min(i + 3, a.size_)) +
         "second run:\n" +
         b.Lines(std::min(i, b.size_), std::min(i + 3, b.size_));
}

}  // namespace lsmkv
