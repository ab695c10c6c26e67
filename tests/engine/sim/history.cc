#include "tests/engine/sim/history.h"

#include <algorithm>
#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv::engine {

std::string Describe(const std::vector<Seen>& records) {
  std::string out = "{";
  for (const Seen& record : records) {
    out += Concat(" ", record.key, "@", record.version, "=",
                  record.value.substr(0, record.value.find(':')));
  }
  return out + " }";
}

History::History(size_t keys, std::vector<Seen> contents, uint64_t version)
    : keys_(keys),
      base_(std::move(contents)),
      base_version_(version),
      floor_(version),
      acknowledged_(version),
      durable_(version) {}

WriteRecord& History::BeginWrite(std::vector<WriteStep> steps) {
  WriteRecord& write = writes_.emplace_back();
  write.steps = std::move(steps);
  write.not_before = floor_;
  return write;
}

void History::Acknowledge(WriteRecord* write, uint64_t version, bool durable) {
  LSMKV_CHECK(write->state == WriteRecord::kUnderWay);
  write->state = WriteRecord::kAcknowledged;
  write->version = version;
  acknowledged_ = std::max(acknowledged_, version);
  SawVersion(version);
  if (durable) MakeDurable(version);
}

void History::Fail(WriteRecord* write) {
  LSMKV_CHECK(write->state == WriteRecord::kUnderWay);
  write->state = WriteRecord::kFailed;
}

ReadRecord History::BeginRead() const {
  ReadRecord read;
  read.not_before = floor_;
  return read;
}

void History::EndRead(ReadRecord read) {
  if (!read.writes_begun) read.writes_begun = writes_.size();
  for (const Seen& record : read.seen) SawVersion(record.version);
  reads_.push_back(std::move(read));
}

void History::SawVersion(uint64_t version) {
  floor_ = std::max(floor_, version);
}

void History::MakeDurable(uint64_t version) {
  durable_ = std::max(durable_, version);
}

uint64_t History::failures() const {
  const auto failures =
      std::count_if(writes_.begin(), writes_.end(), [](const auto& write) {
        return write.state != WriteRecord::kAcknowledged;
      });
  return static_cast<uint64_t>(failures);
}

void History::Apply(const WriteRecord& write, uint64_t version,
                    Changes* to) const {
  version -= write.steps.size();
  for (const WriteStep& step : write.steps) {
    ++version;
    const size_t end = step.end > step.begin ? step.end : step.begin + 1;
    for (size_t key = step.begin; key < end; ++key) {
      (*to)[key].push_back({version, step.value ? &*step.value : nullptr});
    }
  }
}

std::string History::Order() {
  changes_.assign(keys_, {});
  for (const Seen& record : base_) {
    changes_[record.key].push_back({record.version, &record.value});
  }
  moments_ = {base_version_};
  newest_ = {base_version_};
  std::vector<const WriteRecord*> order;
  for (const WriteRecord& write : writes_) {
    const bool counts = write.state == WriteRecord::kAcknowledged;
    newest_.push_back(counts ? std::max(newest_.back(), write.version)
                             : newest_.back());
    if (counts) order.push_back(&write);
  }
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->version < b->version;
  });
  for (const WriteRecord* write : order) {
    const uint64_t first = write->version - write->steps.size() + 1;
    if (first <= moments_.back()) {
      return Concat("version ", first, " was given twice");
    }
    if (first <= write->not_before) {
      return Concat("a write that began when ", write->not_before,
                    " was visible got version ", first);
    }
    moments_.push_back(write->version);
    Apply(*write, write->version, &changes_);
  }
  return "";
}

const History::Change* History::Find(const Changes& changes, size_t key,
                                     uint64_t version) {
  const std::vector<Change>& of_key = changes[key];
  for (size_t i = of_key.size(); i-- > 0;) {
    if (of_key[i].version > version) continue;
    return of_key[i].value != nullptr ? &of_key[i] : nullptr;
  }
  return nullptr;
}

std::vector<Seen> History::StateAt(const Changes& changes,
                                   uint64_t version) const {
  std::vector<Seen> state;
  for (size_t key = 0; key < keys_; ++key) {
    if (const Change* change = Find(changes, key, version)) {
      state.push_back({key, change->version, *change->value});
    }
  }
  return state;
}

bool History::Fits(const ReadRecord& read, uint64_t version) const {
  size_t count = 0;
  for (size_t i = read.begin; i < read.end && count < read.limit; ++i) {
    const size_t key = read.backwards ? read.end - 1 - (i - read.begin) : i;
    const Change* change = Find(changes_, key, version);
    if (change == nullptr) continue;
    if (count == read.seen.size()) return read.failed;
    const Seen& seen = read.seen[count++];
    if (seen.key != key || seen.version != change->version ||
        seen.value != *change->value) {
      return false;
    }
  }
  return count == read.seen.size();
}

std::string History::CheckRead(const ReadRecord& read) const {
  const uint64_t newest = newest_[*read.writes_begun];
  if (read.snapshot) {
    if (Fits(read, *read.snapshot)) return "";
  } else {
    auto moment =
        std::lower_bound(moments_.begin(), moments_.end(), read.not_before);
    for (; moment != moments_.end() && *moment <= newest; ++moment) {
      if (Fits(read, *moment)) return "";
    }
  }
  const uint64_t from = read.snapshot.value_or(read.not_before);
  return Concat(
      "a ", read.backwards ? "backward" : "forward", " read of at most ",
      read.limit, " of the keys [", read.begin, ", ", read.end, ") at ",
      read.snapshot ? "the snapshot " : "a version from ", from, " to ",
      read.snapshot.value_or(newest), " saw ", Describe(read.seen),
      ", but the store held ", Describe(StateAt(changes_, from)),
      " at first and ", Describe(StateAt(changes_, newest)), " at last");
}

std::string History::Check() {
  std::string wrong = Order();
  for (size_t i = 0; wrong.empty() && i < reads_.size(); ++i) {
    wrong = CheckRead(reads_[i]);
  }
  return wrong;
}

bool History::Explains(const WriteRecord& write, uint64_t from,
                       const std::vector<Seen>& contents) {
  return std::all_of(contents.begin(), contents.end(), [&](const Seen& seen) {
    if (seen.version <= from) return true;
    if (seen.version > from + write.steps.size()) return true;
    const WriteStep& step = write.steps[seen.version - from - 1];
    return step.begin == seen.key && step.value == seen.value;
  });
}

bool History::Fill(const std::vector<Seen>& contents, uint64_t from,
                   uint64_t to, std::vector<const WriteRecord*>* left,
                   Changes* changes) const {
  if (from == to) return StateAt(*changes, to) == contents;
  for (size_t i = 0; i < left->size(); ++i) {
    const WriteRecord* const write = (*left)[i];
    const uint64_t version = from + write->steps.size();
    if (version > to || !Explains(*write, from, contents)) continue;
    Changes next = *changes;
    Apply(*write, version, &next);
    std::vector<const WriteRecord*> others = *left;
    others.erase(others.begin() + static_cast<ptrdiff_t>(i));
    if (Fill(contents, version, to, &others, &next)) return true;
  }
  return false;
}

std::string History::CheckRecovered(const std::vector<Seen>& contents,
                                    uint64_t version, uint64_t at_least) {
  if (std::string wrong = Order(); !wrong.empty()) return wrong;
  if (version < at_least) {
    return Concat("version ", version, " was recovered, but ", at_least,
                  " had to survive");
  }
  if (version <= moments_.back()) {
    if (!std::binary_search(moments_.begin(), moments_.end(), version)) {
      return Concat("version ", version, " is inside a batch");
    }
    const std::vector<Seen> state = StateAt(changes_, version);
    if (state == contents) return "";
    return Concat("version ", version, " was recovered as ", Describe(contents),
                  " but was ", Describe(state));
  }
  std::vector<const WriteRecord*> failed;
  for (const WriteRecord& write : writes_) {
    if (write.state != WriteRecord::kAcknowledged) failed.push_back(&write);
  }
  Changes changes = changes_;
  if (Fill(contents, moments_.back(), version, &failed, &changes)) return "";
  return Concat("version ", version, " was recovered as ", Describe(contents),
                ", which no order of the ", failed.size(),
                " failed writes after ", moments_.back(),
                " explains: ", Describe(StateAt(changes_, moments_.back())));
}

}  // namespace lsmkv::engine
