// Tables in memory for the tests of this folder: files that are strings, and a
// builder from lists of entries.

#ifndef LSMKV_TESTS_ENGINE_TABLE_TABLE_FIXTURE_H_
#define LSMKV_TESTS_ENGINE_TABLE_TABLE_FIXTURE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/src/format/range_tombstone.h"
#include "engine/src/table/table_builder.h"
#include "engine/src/table/table_reader.h"
#include "engine/src/table/table_verifier.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/hash.h"

namespace lsmkv::engine {

inline constexpr uint64_t kTestFileId = 0x1122334455667788;

class StringWritableFile final : public WritableFile {
 public:
  absl::Status Append(std::string_view data) override {
    if (contents_.size() + data.size() > capacity_bytes_) {
      return absl::ResourceExhaustedError("disk full");
    }
    contents_.append(data);
    return absl::OkStatus();
  }
  absl::Status Overwrite(uint64_t /*offset*/,
                         std::string_view /*data*/) override {
    return absl::UnimplementedError("no table is written over");
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::Status Preallocate(uint64_t /*bytes*/) override {
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }

  const std::string& contents() const { return contents_; }
  void set_capacity_bytes(size_t bytes) { capacity_bytes_ = bytes; }

 private:
  std::string contents_;
  size_t capacity_bytes_ = SIZE_MAX;
};

class StringReadFile final : public RandomAccessFile {
 public:
  // `reads`, if not null, is increased by every Read.
  explicit StringReadFile(std::string contents,
                          std::atomic<uint64_t>* reads = nullptr)
      : contents_(std::move(contents)), reads_(reads) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    if (reads_ != nullptr) reads_->fetch_add(1);
    if (offset > contents_.size()) return std::string_view();
    const std::string_view found =
        std::string_view(contents_).substr(static_cast<size_t>(offset), n);
    found.copy(scratch, found.size());
    return std::string_view(scratch, found.size());
  }
  absl::StatusOr<uint64_t> Size() const override { return contents_.size(); }
  void ReadAhead(uint64_t /*offset*/, size_t /*n*/) const override {}

 private:
  const std::string contents_;
  std::atomic<uint64_t>* const reads_;
};

using Entries = std::vector<std::pair<std::string, std::string>>;

struct BuiltTable {
  std::string bytes;
  TableSummary summary;
};

inline BuiltTable BuildTable(
    const Entries& entries, TableBuildOptions options = {},
    const std::vector<RangeTombstone>& tombstones = {}) {
  options.file_id = kTestFileId;
  StringWritableFile file;
  TableBuilder builder(options, &file);
  for (const auto& [key, value] : entries) {
    EXPECT_TRUE(builder.Add(key, value).ok());
  }
  for (const RangeTombstone& tombstone : tombstones) {
    builder.AddRangeTombstone(tombstone.begin, tombstone.end,
                              tombstone.sequence);
  }
  auto summary = builder.Finish();
  EXPECT_TRUE(summary.ok());
  return {file.contents(), *std::move(summary)};
}

inline absl::StatusOr<std::unique_ptr<TableReader>> OpenTable(
    const std::string& bytes, BlockCache* cache = nullptr,
    TableCounters* counters = nullptr, std::atomic<uint64_t>* reads = nullptr) {
  return TableReader::Open(std::make_unique<StringReadFile>(bytes, reads),
                           "test.sst", kTestFileId, bytes.size(), cache,
                           counters);
}

// What VerifyTable finds in an open table whose file is now `bytes`.
inline std::vector<TableFinding> FindingsIn(const TableReader& table,
                                            const std::string& bytes,
                                            const TableSummary& claims) {
  std::vector<TableFinding> findings;
  EXPECT_TRUE(
      VerifyTable(
          table, std::make_unique<StringReadFile>(bytes), claims,
          [](const ValueRef&) { return absl::OkStatus(); },
          [&](TableFinding finding) { findings.push_back(std::move(finding)); })
          .ok());
  return findings;
}

// What a lookup gives, in a form that is easy to compare.
struct Found {
  absl::Status status;
  PointResult::State state = PointResult::State::kAbsent;
  SequenceNumber sequence = 0;
  std::string value;
};

inline Found GetFrom(const TableReader& table, std::string_view user_key,
                     SequenceNumber snapshot = kSequenceMax,
                     bool fill_cache = true) {
  Found found;
  PinnedValue value;
  ValueSink sink(&value);
  PointResult result;
  EpochGuard guard;
  found.status = table.Get({user_key, Hash64(user_key), snapshot, fill_cache},
                           &result, &sink);
  found.state = result.state;
  if (result.state != PointResult::State::kAbsent) {
    found.sequence = result.sequence;
  }
  found.value = value.view();
  return found;
}

inline std::string PutKey(std::string_view user_key, SequenceNumber sequence) {
  return MakeInternalKey(user_key, PackTrailer(sequence, ValueType::kPut));
}
inline std::string DeleteKey(std::string_view user_key,
                             SequenceNumber sequence) {
  return MakeInternalKey(user_key, PackTrailer(sequence, ValueType::kDelete));
}
inline std::string NumberKey(size_t i) {
  const std::string number = std::to_string(i);
  return "user" + std::string(12 - number.size(), '0') + number;
}
// `n` puts with even numbers, of sequence i + 1.
inline Entries NumberedEntries(size_t n, size_t value_bytes = 100) {
  Entries entries;
  for (size_t i = 0; i < n; ++i) {
    std::string value = std::to_string(i) + ":";
    value.resize(std::max(value.size(), value_bytes),
                 static_cast<char>('a' + i % 26));
    entries.emplace_back(PutKey(NumberKey(2 * i), i + 1), std::move(value));
  }
  return entries;
}

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_TABLE_TABLE_FIXTURE_H_
