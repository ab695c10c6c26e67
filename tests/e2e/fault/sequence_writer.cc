#include "tests/e2e/fault/sequence_writer.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

std::string Numbered(uint64_t number) {
  char text[16];
  std::snprintf(text, sizeof(text), "%010llu",
                static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

absl::Status CheckNoHoles(const VersionLedger& ledger, uint64_t last) {
  uint64_t next = 1;
  uint64_t missing = 0;
  for (const auto& [first, range_last] : ledger.ranges) {
    if (first < next) {
      return absl::InternalError(
          absl::StrCat("version ", first, " was given to two writes"));
    }
    missing += first - next;
    next = range_last + 1;
  }
  if (next > last + 1) {
    return absl::InternalError(absl::StrCat(
        "version ", next - 1, " is known, but the store ends at ", last));
  }
  missing += last + 1 - next;
  if (missing <= ledger.unseen) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "a hole: of versions 1 to ", last, ", ", missing,
      " belong to no write that is there, and only ", ledger.unseen, " could"));
}

SequenceWriter::SequenceWriter(int id, uint64_t seed)
    : prefix_(absl::StrCat("writer", id, "/")), rng_(seed) {}

void SequenceWriter::Run(LiveServer* server) {
  std::optional<Write> write;
  while (const std::optional<client::Client> client = server->Connect()) {
    if (!write) write = Next();
    const absl::StatusOr<uint64_t> version = Send(*client, *write);
    switch (OutcomeOf(version.status())) {
      case Outcome::kDone:
        ++counts_.acknowledged;
        Apply(*write, *version);
        break;
      case Outcome::kNotSent:
        continue;  // the same again
      case Outcome::kWrong:
        failure_ = version.status();
        unknown_.push_back(*std::move(write));
        break;
      case Outcome::kUnknown:
        unknown_.push_back(*std::move(write));
        break;
    }
    write.reset();
  }
}

SequenceWriter::Write SequenceWriter::Next() {
  Write write;
  const std::string key = prefix_ + Numbered(number_++);
  // A delete that arrives late must find nothing that it was not meant for.
  const bool may_delete = unknown_.empty() && stored_.size() > 20;
  const uint64_t kind = rng_.Uniform(100);
  if (may_delete && kind < 3) {
    AddDeleteRange(&write);
  } else if (may_delete && kind < 20) {
    AddDelete(&write);
  } else if (kind < 50) {
    write.is_batch = true;
    const uint64_t puts = rng_.Between(2, 6);
    for (uint64_t i = 0; i < puts; ++i) AddPut(&write, absl::StrCat(key, i));
    if (may_delete) AddDelete(&write);
  } else {
    AddPut(&write, key);
  }
  write.steps = write.batch.count();
  return write;
}

void SequenceWriter::AddPut(Write* write, const std::string& key) {
  const size_t size = rng_.OneIn(20) ? 8000 : rng_.Between(0, 400);
  std::string value = absl::StrCat(key, ":", rng_.Letters(size));
  write->puts.emplace_back(key, value);
  write->batch.Put(key, std::move(value));
}

void SequenceWriter::AddDelete(Write* write) {
  const auto at = static_cast<ptrdiff_t>(rng_.Uniform(stored_.size()));
  const std::string& key = std::next(stored_.begin(), at)->first;
  write->deletes.push_back(key);
  write->batch.Delete(key);
}

// The oldest half, or a little of it.
void SequenceWriter::AddDeleteRange(Write* write) {
  const size_t count = rng_.Uniform(stored_.size() / 2) + 1;
  auto it = stored_.begin();
  for (size_t i = 0; i < count; ++i) write->deletes.push_back((it++)->first);
  write->batch.DeleteRange(stored_.begin()->first, it->first);
}

absl::StatusOr<uint64_t> SequenceWriter::Send(const client::Client& client,
                                              const Write& write) {
  if (write.is_batch) return client.BatchWrite(write.batch);
  const client::WriteBatch::Operation& only = write.batch.operations()[0];
  switch (only.kind) {
    case client::WriteBatch::Kind::kPut:
      return client.Put(only.key, only.value);
    case client::WriteBatch::Kind::kDelete:
      return client.Delete(only.key);
    case client::WriteBatch::Kind::kDeleteRange:
      break;
  }
  return client.DeleteRange(client::KeyRange::Between(only.key, only.value));
}

void SequenceWriter::Apply(const Write& write, uint64_t version) {
  const uint64_t first = version - write.steps + 1;
  taken_.emplace_back(first, version);
  for (size_t i = 0; i < write.puts.size(); ++i) {
    stored_[write.puts[i].first] = {write.puts[i].second, first + i};
  }
  for (const std::string& key : write.deletes) stored_.erase(key);
}

absl::Status SequenceWriter::Check(const client::Client& client,
                                   VersionLedger* ledger) {
  if (!failure_.ok()) return failure_;
  const absl::StatusOr<Contents> found = ReadAll(client);
  if (!found.ok()) return found.status();
  for (const Write& write : unknown_) {
    absl::Status status = Settle(write, *found, ledger);
    if (!status.ok()) return status;
  }
  unknown_.clear();
  for (const auto& [first, last] : taken_) {
    if (!ledger->ranges.emplace(first, last).second) {
      return absl::InternalError(
          absl::StrCat("version ", first, " was given to two writes"));
    }
  }
  taken_.clear();
  return Compare(*found);
}

absl::StatusOr<SequenceWriter::Contents> SequenceWriter::ReadAll(
    const client::Client& client) const {
  Contents found;
  client::ScanOptions scan;
  scan.range = client::KeyRange::Prefix(prefix_);
  for (auto& record : client.Scan(scan)) {
    if (!record.ok()) return record.status();
    found[record->key] = {record->value, record->version};
  }
  return found;
}

absl::Status SequenceWriter::Settle(const Write& write, const Contents& found,
                                    VersionLedger* ledger) {
  size_t applied = 0;
  uint64_t version = 0;
  for (size_t i = 0; i < write.puts.size(); ++i) {
    const auto it = found.find(write.puts[i].first);
    if (it == found.end()) continue;
    ++applied;
    version = it->second.version - i + write.steps - 1;
  }
  for (const std::string& key : write.deletes) {
    if (found.count(key) == 0) ++applied;
  }
  if (applied == 0) {
    ++counts_.unknown_dropped;
    return absl::OkStatus();
  }
  if (applied != write.puts.size() + write.deletes.size()) {
    return absl::InternalError(absl::StrCat(
        "torn: ", applied, " of ", write.puts.size(), " puts and ",
        write.deletes.size(), " deletes of one write were applied, with ",
        write.puts.empty() ? write.deletes[0] : write.puts[0].first));
  }
  ++counts_.unknown_applied;
  if (version != 0) {
    Apply(write, version);
    return absl::OkStatus();
  }
  ledger->unseen += write.steps;
  for (const std::string& key : write.deletes) stored_.erase(key);
  return absl::OkStatus();
}

absl::Status SequenceWriter::Compare(const Contents& found) const {
  for (const auto& [key, stored] : stored_) {
    const auto it = found.find(key);
    if (it == found.end()) {
      return absl::InternalError(
          absl::StrCat("lost: ", key, " of version ", stored.version));
    }
    if (it->second.value != stored.value ||
        it->second.version != stored.version) {
      return absl::InternalError(
          absl::StrCat("changed: ", key, " of version ", stored.version,
                       " is \"", it->second.value.substr(0, 40),
                       "\" of version ", it->second.version));
    }
  }
  for (const auto& [key, record] : found) {
    if (stored_.count(key) == 0) {
      return absl::InternalError(
          absl::StrCat("not expected: ", key, " of version ", record.version));
    }
  }
  return absl::OkStatus();
}

}  // namespace lsmkv
