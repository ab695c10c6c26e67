// Tables: opening, reading through iterators and lookups.
//
// A raw file, or a table of the builder that is then: left as it is, and must
// give back its entries; damaged, and must give them back or say that it is
// damaged; changed with checksums that fit, and must be read without harm.

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/src/table/table_reader.h"
#include "engine/src/table/table_verifier.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/hash.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"
#include "tests/fuzz/table_file.h"

namespace lsmkv::fuzz {
namespace {

using engine::EpochGuard;
using engine::PinnedValue;
using engine::PointResult;
using engine::SequenceNumber;
using engine::TableReader;
using engine::ValueType;

constexpr char kPath[] = "/db/000001.sst";

// A store has one operation for a sequence.
struct LessByKeyAndSequence {
  bool operator()(const std::string& a, const std::string& b) const {
    return engine::CompareInternal(
               engine::UserKey(a), engine::Trailer(a) | 0xff,
               engine::UserKey(b), engine::Trailer(b) | 0xff) < 0;
  }
};

// What a table is built from.
struct Source {
  Entries entries;
  std::vector<engine::RangeTombstone> tombstones;
  engine::TableBuildOptions options;

  explicit Source(FuzzInput* in) {
    options.block_bytes = 64 + in->Below(8) * size_t{100};
    options.filter_bits_per_key = static_cast<int>(in->Below(3)) * 8;
    options.compression = static_cast<engine::Compression>(in->Below(3));
    std::map<std::string, std::string, LessByKeyAndSequence> sorted;
    for (size_t n = in->Below(100); n > 0 && !in->empty(); --n) {
      const SequenceNumber sequence =
          1 + in->Number() % (engine::kSequenceMax - 1);
      const size_t kind = in->Below(8);
      std::string key = in->Key();
      if (kind == 0) {
        const std::string end = key + in->Key();
        tombstones.push_back({std::move(key), end, sequence});
        continue;
      }
      const auto type = kind == 1 ? ValueType::kDelete : ValueType::kPut;
      sorted[engine::MakeInternalKey(
          key, engine::PackTrailer(sequence, type))] = in->Value();
    }
    // No store has an empty table.
    if (sorted.empty() && tombstones.empty()) {
      sorted[engine::MakeInternalKey(
          "a", engine::PackTrailer(1, ValueType::kPut))] = "1";
    }
    entries.assign(sorted.begin(), sorted.end());
  }
};

// A lookup and what should come of it, from the entries.
void CheckGet(const TableReader& table, const Entries& entries,
              std::string_view key, SequenceNumber snapshot) {
  const std::string seek =
      engine::MakeInternalKey(key, engine::SeekTrailer(snapshot));
  const auto expected =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
        return engine::CompareInternal(entry.first, seek) >= 0;
      });
  const bool found =
      expected != entries.end() && engine::UserKey(expected->first) == key;
  PinnedValue value;
  engine::ValueSink sink(&value);
  PointResult result;
  {
    EpochGuard guard;
    FUZZ_CHECK(
        table.Get({key, engine::Hash64(key), snapshot}, &result, &sink).ok());
  }
  FUZZ_CHECK((result.state != PointResult::State::kAbsent) == found);
  if (result.state == PointResult::State::kPut) {
    FUZZ_CHECK(value.view() == expected->second);
  }
}

void CheckSeeks(engine::InternalIterator* it, const Entries& entries,
                const std::string& target) {
  it->Seek(target);
  const auto at =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
        return engine::CompareInternal(entry.first, target) >= 0;
      });
  FUZZ_CHECK(it->status().ok());
  FUZZ_CHECK(it->Valid() == (at != entries.end()));
  if (it->Valid()) FUZZ_CHECK(it->key() == at->first);
  it->SeekForPrev(target);
  FUZZ_CHECK(it->status().ok());
  if (at != entries.end() && at->first == target) {
    FUZZ_CHECK(it->Valid() && it->key() == target);
  } else {
    FUZZ_CHECK(it->Valid() == (at != entries.begin()));
    if (it->Valid()) FUZZ_CHECK(it->key() == std::prev(at)->first);
  }
}

// A table that is open, and what the MANIFEST would say of it.
struct Opened {
  SimEnv env;
  engine::BlockCache cache{64 << 10};
  engine::TableSummary claims;
  std::unique_ptr<TableReader> table;

  absl::Status Open(const std::string& bytes) {
    FUZZ_CHECK(env.CreateDir("/db").ok());
    FUZZ_CHECK(env.WriteFile(kPath, bytes).ok());
    auto opened = TableReader::Open(*env.NewRandomAccessFile(kPath), kPath,
                                    kFileId, bytes.size(), &cache, nullptr);
    if (!opened.ok()) return opened.status();
    table = *std::move(opened);
    return absl::OkStatus();
  }

  uint64_t Findings() {
    uint64_t findings = 0;
    const absl::Status status = engine::VerifyTable(
        *table, *env.NewRandomAccessFile(kPath), claims,
        [](const engine::ValueRef&) { return absl::OkStatus(); },
        [&findings](const engine::TableFinding& finding) {
          CheckDamageError(finding.status, kPath);
          ++findings;
        });
    FUZZ_CHECK(status.ok());
    return findings;
  }
};

// Every search leads to every entry.
void CheckSearches(const TableReader& table, const Entries& entries) {
  Entries read;
  const auto it = table.NewIterator(true);
  FUZZ_CHECK(ReadBothWays(it.get(), &read).ok());
  FUZZ_CHECK(read == entries);
  for (const auto& [key, value] : entries) {
    const std::string user_key(engine::UserKey(key));
    const SequenceNumber sequence =
        engine::TrailerSequence(engine::Trailer(key));
    CheckGet(table, entries, user_key, sequence);
    CheckSeeks(it.get(), entries, key);
  }
}

void CheckSound(Opened* opened, const Source& source) {
  FUZZ_CHECK(opened->Findings() == 0);
  const TableReader& table = *opened->table;
  CheckSearches(table, source.entries);
  const auto it = table.NewIterator(false);
  for (const auto& [key, value] : source.entries) {
    const std::string user_key(engine::UserKey(key));
    const SequenceNumber sequence =
        engine::TrailerSequence(engine::Trailer(key));
    CheckGet(table, source.entries, user_key, sequence - 1);
    CheckGet(table, source.entries, user_key + "x", sequence);
    CheckSeeks(it.get(), source.entries,
               engine::MakeInternalKey(user_key + '\0', 0));
  }
  for (const engine::RangeTombstone& tombstone : source.tombstones) {
    FUZZ_CHECK(table.range_tombstones().Covering(tombstone.begin,
                                                 engine::kSequenceMax) >=
               tombstone.sequence);
  }
}

// Damage that no checksum hides: what is read is right, or it is refused.
void CheckDamaged(Opened* opened, const Source& source) {
  const TableReader& table = *opened->table;
  Entries read;
  const absl::Status status =
      ReadBothWays(table.NewIterator(true).get(), &read);
  FUZZ_CHECK(read.size() <= source.entries.size());
  FUZZ_CHECK(std::equal(read.begin(), read.end(), source.entries.begin()));
  FUZZ_CHECK(!status.ok() || read.size() == source.entries.size());
  if (!status.ok()) CheckDamageError(status, kPath);
  for (const auto& [key, value] : source.entries) {
    const std::string_view user_key = engine::UserKey(key);
    PinnedValue found;
    engine::ValueSink sink(&found);
    PointResult result;
    EpochGuard guard;
    const SequenceNumber sequence =
        engine::TrailerSequence(engine::Trailer(key));
    const absl::Status got = table.Get(
        {user_key, engine::Hash64(user_key), sequence}, &result, &sink);
    if (!got.ok()) {
      CheckDamageError(got, kPath);
    } else {
      FUZZ_CHECK(result.sequence == sequence);
    }
  }
}

// A table that may say anything is read in every way. If the verifier finds
// nothing wrong with it, it is sound.
void ReadAnything(Opened* opened, FuzzInput* in) {
  const TableReader& table = *opened->table;
  const bool sound = opened->Findings() == 0;
  Entries read;
  const auto it = table.NewIterator(in->Bool());
  const absl::Status status = ReadBothWays(it.get(), &read);
  if (!status.ok()) CheckDamageError(status, kPath);
  if (sound) CheckSearches(table, read);
  std::vector<std::string> keys = {"", "\xff\xff", in->Key()};
  for (size_t i = 0; i < read.size() && i < 20; ++i) {
    keys.emplace_back(engine::UserKey(read[i].first));
  }
  for (const std::string& key : keys) {
    const SequenceNumber snapshot = in->Number() & engine::kSequenceMax;
    PinnedValue value;
    engine::ValueSink sink(&value);
    PointResult result;
    {
      EpochGuard guard;
      const absl::Status got =
          table.Get({key, engine::Hash64(key), snapshot}, &result, &sink);
      if (!got.ok()) CheckDamageError(got, kPath);
    }
    const std::string target =
        engine::MakeInternalKey(key, engine::SeekTrailer(snapshot));
    it->Seek(target);
    for (int i = 0; i < 3 && it->Valid(); ++i) it->Prev();
    it->SeekForPrev(target);
    for (int i = 0; i < 3 && it->Valid(); ++i) it->Next();
    if (!it->status().ok()) CheckDamageError(it->status(), kPath);
    table.ApproximateOffset(target);
    table.range_tombstones().Covering(key, snapshot);
  }
}

void DamageBytes(FuzzInput* in, std::string* bytes) {
  while (!in->empty()) {
    const size_t at = static_cast<size_t>((in->Number() << 4 | in->Below(16)) %
                                          bytes->size());
    const uint8_t mask = in->Byte();
    (*bytes)[at] = static_cast<char>((*bytes)[at] ^ mask);
  }
}

enum class Kind { kRaw, kSound, kDamaged, kChanged };

void Run(FuzzInput* in) {
  const auto kind = static_cast<Kind>(in->Below(4));
  FuzzInput nothing(nullptr, 0);
  const Source source(kind == Kind::kRaw ? &nothing : in);
  Opened opened;
  std::string bytes = BuildTable(source.entries, source.tombstones,
                                 source.options, &opened.claims);
  const std::string built = bytes;
  if (kind == Kind::kRaw) bytes = std::string(in->Rest());
  if (kind == Kind::kDamaged) DamageBytes(in, &bytes);
  if (kind == Kind::kChanged) {
    TableFile file(bytes);
    for (size_t n = in->Below(8); n > 0; --n) file.Change(in);
    bytes = file.Assemble();
    opened.claims.file_bytes = bytes.size();
    opened.claims.file_checksum = engine::Hash64(bytes);
  }
  const absl::Status status = opened.Open(bytes);
  if (!status.ok()) {
    FUZZ_CHECK(kind != Kind::kSound);
    return CheckDamageError(status, kPath);
  }
  if (kind == Kind::kSound) return CheckSound(&opened, source);
  if (kind == Kind::kDamaged) {
    FUZZ_CHECK((opened.Findings() == 0) == (bytes == built));
    return CheckDamaged(&opened, source);
  }
  ReadAnything(&opened, in);
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  lsmkv::fuzz::Run(&in);
  return 0;
}
