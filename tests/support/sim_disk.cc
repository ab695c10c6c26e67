#include "tests/support/sim_disk.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace lsmkv {
namespace {

using NodeMap = std::map<const SimNode*, SimNodeRef>;

SimNodeRef CrashNode(const SimNode& node, CrashMode mode, Random* rng,
                     NodeMap* done) {
  // One node may be left under two names, when a later rename reached the
  // disk and an earlier one did not. Both then show the same content.
  SimNodeRef& copy = (*done)[&node];
  if (copy != nullptr) return copy;
  copy = std::make_shared<SimNode>();
  const SimNodeRef result = copy;  // the map may grow below
  result->is_dir = node.is_dir;
  if (!node.is_dir) {
    result->file.Set(node.file.AfterCrash(mode, rng));
    return result;
  }
  for (const auto& [name, child] : node.dir.AfterCrash(mode, rng)) {
    result->dir.LinkDurably(name, CrashNode(*child, mode, rng, done));
  }
  return result;
}

}  // namespace

void SimFile::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  const uint64_t begin = appended_bytes_;
  const uint64_t end = begin + bytes.size();
  if (data_.size() < end) data_.resize(end);
  std::copy(bytes.begin(), bytes.end(),
            data_.begin() + static_cast<std::ptrdiff_t>(begin));
  appended_bytes_ = end;
  for (uint64_t page = begin / kSimPageBytes; page * kSimPageBytes < end;
       ++page) {
    dirty_pages_.insert(page);
  }
}

void SimFile::Reserve(uint64_t size) {
  if (data_.size() < size) data_.resize(size);
}

void SimFile::TrimReserve() { data_.resize(appended_bytes_); }

uint64_t SimFile::GrowthOf(uint64_t size) const {
  const uint64_t end = appended_bytes_ + size;
  return end > data_.size() ? end - data_.size() : 0;
}

void SimFile::Sync() {
  durable_.resize(data_.size());
  for (const uint64_t page : dirty_pages_) {
    CopyRange(page * kSimPageBytes, (page + 1) * kSimPageBytes, &durable_);
  }
  dirty_pages_.clear();
  clean_bytes_ = appended_bytes_;
}

void SimFile::FailSync() {
  dirty_pages_.clear();
  clean_bytes_ = appended_bytes_;
}

void SimFile::Set(std::string bytes) {
  data_ = std::move(bytes);
  durable_ = data_;
  dirty_pages_.clear();
  appended_bytes_ = data_.size();
  clean_bytes_ = appended_bytes_;
}

void SimFile::FlipBits(uint64_t offset, uint8_t mask) {
  const auto flip = [&](std::string* bytes) {
    if (offset >= bytes->size()) return;
    const auto old = static_cast<uint8_t>((*bytes)[offset]);
    (*bytes)[offset] = static_cast<char>(old ^ mask);
  };
  flip(&data_);
  flip(&durable_);
}

std::string SimFile::AfterCrash(CrashMode mode, Random* rng) const {
  switch (mode) {
    case CrashMode::kDropUnsynced:
      break;
    case CrashMode::kKeepPrefix:
      return KeepPrefix(rng);
    case CrashMode::kTornPages:
      return TearPages(rng);
  }
  return durable_;
}

void SimFile::CopyRange(uint64_t begin, uint64_t end, std::string* out) const {
  end = std::min<uint64_t>(end, data_.size());
  if (begin >= end) return;
  if (out->size() < end) out->resize(end);
  std::copy(data_.begin() + static_cast<std::ptrdiff_t>(begin),
            data_.begin() + static_cast<std::ptrdiff_t>(end),
            out->begin() + static_cast<std::ptrdiff_t>(begin));
}

std::string SimFile::KeepPrefix(Random* rng) const {
  std::string out = durable_;
  if (!dirty_pages_.empty()) {
    // The whole tail is one outcome of thousands: give it its share.
    const uint64_t cut = rng->OneIn(8)
                             ? appended_bytes_
                             : rng->Between(clean_bytes_, appended_bytes_);
    // Pages that a failed sync has lost are not dirty, and stay away.
    for (const uint64_t page : dirty_pages_) {
      const uint64_t begin = page * kSimPageBytes;
      CopyRange(begin, std::min(begin + kSimPageBytes, cut), &out);
    }
    if (cut < appended_bytes_) return out;
  }
  // The size changes last: it grows over reserved space, or is cut to what
  // was used.
  if (rng->OneIn(2)) out.resize(data_.size());
  return out;
}

std::string SimFile::TearPages(Random* rng) const {
  std::string out = durable_;
  if (data_.size() > out.size()) out.resize(data_.size());
  for (const uint64_t page : dirty_pages_) {
    const uint64_t begin = page * kSimPageBytes;
    const uint64_t end = begin + kSimPageBytes;
    const uint64_t fate = rng->Uniform(5);
    if (fate < 2) continue;
    if (fate < 4) {
      CopyRange(begin, end, &out);
      continue;
    }
    for (uint64_t at = begin; at < end; at += kSimSectorBytes) {
      if (rng->OneIn(2)) CopyRange(at, at + kSimSectorBytes, &out);
    }
  }
  if (data_.size() < out.size() && rng->OneIn(2)) out.resize(data_.size());
  return out;
}

SimNodeRef SimDir::Find(const std::string& name) const {
  const auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : it->second;
}

void SimDir::Link(const std::string& name, SimNodeRef node) {
  Do(Op{"", name, std::move(node)});
}

void SimDir::Unlink(const std::string& name) { Do(Op{name, "", nullptr}); }

void SimDir::Rename(const std::string& from, const std::string& to) {
  if (from == to) return;
  Do(Op{from, to, Find(from)});
}

void SimDir::Sync() {
  durable_ = entries_;
  pending_.clear();
}

void SimDir::LinkDurably(const std::string& name, SimNodeRef node) {
  entries_[name] = node;
  durable_[name] = std::move(node);
  // What was pending for this name is overtaken.
  std::vector<Op> kept;
  for (Op& op : pending_) {
    if (op.from != name && op.to != name) kept.push_back(std::move(op));
  }
  pending_ = std::move(kept);
}

SimDir::Entries SimDir::AfterCrash(CrashMode mode, Random* rng) const {
  Entries out = durable_;
  switch (mode) {
    case CrashMode::kDropUnsynced:
      break;
    case CrashMode::kKeepPrefix: {
      const uint64_t kept = rng->Between(0, pending_.size());
      for (uint64_t i = 0; i < kept; ++i) Apply(pending_[i], &out);
      break;
    }
    case CrashMode::kTornPages:
      for (const Op& op : pending_) {
        if (rng->OneIn(2)) Apply(op, &out);
      }
      break;
  }
  return out;
}

void SimDir::Apply(const Op& op, Entries* entries) {
  if (!op.from.empty()) entries->erase(op.from);
  if (op.node != nullptr) (*entries)[op.to] = op.node;
}

void SimDir::Do(Op op) {
  Apply(op, &entries_);
  pending_.push_back(std::move(op));
}

SimNodeRef CrashedTree(const SimNode& root, CrashMode mode, uint64_t seed) {
  Random rng(seed);
  NodeMap done;
  return CrashNode(root, mode, &rng, &done);
}

uint64_t UsedBytes(const SimNode& root) {
  if (!root.is_dir) return root.file.data().size();
  uint64_t sum = 0;
  for (const auto& [name, child] : root.dir.entries()) sum += UsedBytes(*child);
  return sum;
}

}  // namespace lsmkv
