#include "tests/support/sim_file.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lsmkv {

const char* CrashModeName(CrashMode mode) {
  switch (mode) {
    case CrashMode::kDropUnsynced:
      return "drop_unsynced";
    case CrashMode::kKeepPrefix:
      return "keep_prefix";
    case CrashMode::kTornPages:
      return "torn_pages";
    case CrashMode::kAnyPages:
      return "any_pages";
    case CrashMode::kGrownFiles:
      return "grown_files";
    case CrashMode::kAnyNames:
      return "any_names";
    case CrashMode::kTornSectors:
      return "torn_sectors";
    case CrashMode::kEmptyFiles:
      return "empty_files";
    case CrashMode::kKeepAll:
      return "keep_all";
  }
  return "?";
}

SharedBytes& SharedBytes::operator=(const SharedBytes& other) {
  if (this == &other) return *this;
  other.shared_.store(true, std::memory_order_relaxed);
  bytes_ = other.bytes_;
  shared_.store(true, std::memory_order_relaxed);
  return *this;
}

std::string* SharedBytes::Edit() {
  if (shared_.exchange(false, std::memory_order_relaxed)) {
    bytes_ = std::make_shared<std::string>(*bytes_);
  }
  return bytes_.get();
}

void SimFile::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  const uint64_t begin = appended_bytes_;
  const uint64_t end = begin + bytes.size();
  std::string* data = data_.Edit();
  if (data->size() < end) data->resize(end);
  std::copy(bytes.begin(), bytes.end(),
            data->begin() + static_cast<std::ptrdiff_t>(begin));
  appended_bytes_ = end;
  for (uint64_t page = begin / kSimPageBytes; page * kSimPageBytes < end;
       ++page) {
    dirty_pages_.insert(page);
    lost_pages_.erase(page);
  }
}

bool SimFile::Overwrite(uint64_t offset, std::string_view bytes) {
  if (offset > appended_bytes_ || bytes.size() > appended_bytes_ - offset) {
    return false;
  }
  const uint64_t end = offset + bytes.size();
  std::copy(bytes.begin(), bytes.end(),
            data_.Edit()->begin() + static_cast<std::ptrdiff_t>(offset));
  for (uint64_t page = offset / kSimPageBytes; page * kSimPageBytes < end;
       ++page) {
    dirty_pages_.insert(page);
    overwritten_pages_.insert(page);
    lost_pages_.erase(page);
  }
  return true;
}

void SimFile::StartAnew() {
  Overwrite(0, std::string(static_cast<size_t>(appended_bytes_), '\0'));
  appended_bytes_ = 0;
  clean_bytes_ = 0;
}

void SimFile::Reserve(uint64_t size) {
  if (data().size() < size) data_.Edit()->resize(size);
}

void SimFile::TrimReserve() {
  if (data().size() != appended_bytes_) data_.Edit()->resize(appended_bytes_);
}

uint64_t SimFile::GrowthOf(uint64_t size) const {
  const uint64_t end = appended_bytes_ + size;
  return end > data().size() ? end - data().size() : 0;
}

void SimFile::Sync() {
  std::string* durable = durable_.Edit();
  durable->resize(data().size());
  for (const uint64_t page : dirty_pages_) CopyPage(page, durable);
  dirty_pages_.clear();
  overwritten_pages_.clear();
  clean_bytes_ = appended_bytes_;
}

void SimFile::SyncRange(uint64_t begin, uint64_t end) {
  std::string* durable = durable_.Edit();
  durable->resize(data().size());
  for (uint64_t page = begin / kSimPageBytes; page * kSimPageBytes < end;
       ++page) {
    if (dirty_pages_.erase(page) == 0) continue;
    CopyPage(page, durable);
    overwritten_pages_.erase(page);
  }
  if (begin <= clean_bytes_) clean_bytes_ = std::max(clean_bytes_, end);
}

void SimFile::FailSync() {
  lost_pages_.insert(dirty_pages_.begin(), dirty_pages_.end());
  dirty_pages_.clear();
  overwritten_pages_.clear();
  clean_bytes_ = appended_bytes_;
}

void SimFile::EvictLostPages() {
  for (const uint64_t page : lost_pages_) {
    const uint64_t begin = page * kSimPageBytes;
    const uint64_t end =
        std::min<uint64_t>(begin + kSimPageBytes, data().size());
    std::string* data = data_.Edit();
    for (uint64_t at = begin; at < end; ++at) {
      (*data)[at] = at < durable().size() ? durable()[at] : '\0';
    }
  }
}

void SimFile::Set(std::string bytes) {
  data_ = SharedBytes(std::move(bytes));
  durable_ = data_;
  dirty_pages_.clear();
  overwritten_pages_.clear();
  lost_pages_.clear();
  appended_bytes_ = data().size();
  clean_bytes_ = appended_bytes_;
}

void SimFile::FlipBits(uint64_t offset, uint8_t mask) {
  for (SharedBytes* bytes : {&data_, &durable_}) {
    if (offset >= bytes->get().size()) continue;
    char& byte = (*bytes->Edit())[offset];
    byte = static_cast<char>(static_cast<uint8_t>(byte) ^ mask);
  }
}

SimFile SimFile::AfterCrash(CrashMode mode, SimChoices* choices) const {
  SimFile out;
  out.durable_ = durable_;
  if (!dirty_pages_.empty() || data().size() != durable().size()) {
    switch (mode) {
      case CrashMode::kDropUnsynced:
      case CrashMode::kEmptyFiles:
        break;
      case CrashMode::kKeepPrefix:
        out.durable_ = SharedBytes(KeepPrefix(choices));
        break;
      case CrashMode::kTornPages:
        out.durable_ = SharedBytes(TearPages(choices));
        break;
      case CrashMode::kAnyPages:
        out.durable_ = SharedBytes(KeepAnyPages(choices));
        break;
      case CrashMode::kGrownFiles:
        out.durable_ = SharedBytes(GrowOnly(choices));
        break;
      case CrashMode::kAnyNames:
        if (choices->Flip()) out.durable_ = SharedBytes(KeepEverything());
        break;
      case CrashMode::kTornSectors:
        out.durable_ = SharedBytes(TearSectors(choices));
        break;
      case CrashMode::kKeepAll:
        out.durable_ = SharedBytes(KeepEverything());
        break;
    }
  }
  out.data_ = out.durable_;
  out.appended_bytes_ = out.data().size();
  out.clean_bytes_ = out.appended_bytes_;
  return out;
}

void SimFile::CopyRange(uint64_t begin, uint64_t end, std::string* out) const {
  end = std::min<uint64_t>(end, data().size());
  if (begin >= end) return;
  if (out->size() < end) out->resize(end);
  std::copy(data().begin() + static_cast<std::ptrdiff_t>(begin),
            data().begin() + static_cast<std::ptrdiff_t>(end),
            out->begin() + static_cast<std::ptrdiff_t>(begin));
}

void SimFile::CopyPage(uint64_t page, std::string* out) const {
  CopyRange(page * kSimPageBytes, (page + 1) * kSimPageBytes, out);
}

std::string SimFile::KeepEverything() const {
  std::string out = durable();
  // Pages that a failed sync has lost are not dirty, and stay away.
  for (const uint64_t page : dirty_pages_) CopyPage(page, &out);
  out.resize(data().size());
  return out;
}

std::string SimFile::KeepPrefix(SimChoices* choices) const {
  std::string out = durable();
  if (!dirty_pages_.empty()) {
    // The whole tail is one outcome of thousands: give it its share.
    uint64_t cut = appended_bytes_;
    if (choices->Pick(8) != 0) {
      cut = clean_bytes_ + choices->Pick(appended_bytes_ - clean_bytes_ + 1);
    }
    for (const uint64_t page : dirty_pages_) {
      if (overwritten_pages_.count(page) > 0 && choices->Flip()) continue;
      const uint64_t begin = page * kSimPageBytes;
      const uint64_t end = begin + kSimPageBytes;
      // What is behind the end is what StartAnew has zeroed.
      CopyRange(begin, begin < appended_bytes_ ? std::min(end, cut) : end,
                &out);
    }
    if (cut < appended_bytes_) return out;
  }
  // The size changes last: it grows over reserved space, or is cut to what
  // was used.
  if (choices->Flip()) out.resize(data().size());
  return out;
}

std::string SimFile::TearPages(SimChoices* choices) const {
  std::string out = durable();
  if (data().size() > out.size()) out.resize(data().size());
  for (const uint64_t page : dirty_pages_) {
    const uint64_t begin = page * kSimPageBytes;
    const uint64_t end = begin + kSimPageBytes;
    const uint64_t fate = choices->Pick(5);
    if (fate < 2) continue;
    if (fate < 4) {
      CopyRange(begin, end, &out);
      continue;
    }
    for (uint64_t at = begin; at < end; at += kSimSectorBytes) {
      if (choices->Flip()) CopyRange(at, at + kSimSectorBytes, &out);
    }
  }
  if (data().size() < out.size() && choices->Flip()) out.resize(data().size());
  return out;
}

std::string SimFile::KeepAnyPages(SimChoices* choices) const {
  std::string out = durable();
  for (const uint64_t page : dirty_pages_) {
    if (choices->Flip()) CopyPage(page, &out);
  }
  if (out.size() != data().size() && choices->Flip()) {
    out.resize(data().size());
  }
  return out;
}

std::string SimFile::GrowOnly(SimChoices* choices) const {
  std::string out = durable();
  out.resize(data().size());
  for (const uint64_t page : dirty_pages_) {
    const uint64_t fate = choices->Pick(3);
    if (fate == 0) continue;  // zeros
    if (fate == 1) {
      CopyPage(page, &out);
      continue;
    }
    // What the disk had there before; the same for the same page.
    Random garbage(page + 1);
    const uint64_t begin = std::max(page * kSimPageBytes, clean_bytes_);
    const uint64_t end = std::min((page + 1) * kSimPageBytes, appended_bytes_);
    for (uint64_t at = begin; at < end; ++at) {
      out[at] = static_cast<char>(garbage.Next());
    }
  }
  return out;
}

std::string SimFile::TearSectors(SimChoices* choices) const {
  std::string out = durable();
  for (const uint64_t page : dirty_pages_) {
    const uint64_t end = std::min((page + 1) * kSimPageBytes, appended_bytes_);
    const bool overwritten = overwritten_pages_.count(page) > 0;
    for (uint64_t at = page * kSimPageBytes; at < end; at += kSimSectorBytes) {
      // A sector that was clean has nothing to lose.
      const bool clean = !overwritten && at + kSimSectorBytes <= clean_bytes_;
      if (clean || choices->Flip()) {
        CopyRange(at, at + kSimSectorBytes, &out);
      }
    }
  }
  if (out.size() != data().size() && choices->Flip()) {
    out.resize(data().size());
  }
  return out;
}

}  // namespace lsmkv
