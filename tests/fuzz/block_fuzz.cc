// Data blocks: decoding, searching, decompression.
//
// The first byte chooses: raw contents, stored contents behind a checksum that
// fits, or records for the builder and then changes to what it made.

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/src/table/block_builder.h"
#include "engine/src/table/block_fetch.h"
#include "engine/src/table/data_block.h"
#include "engine/src/util/hash.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"

namespace lsmkv::fuzz {
namespace {

using engine::BlockRef;
using engine::DataBlock;
using engine::SequenceNumber;

constexpr std::string_view kPath = "/db/000001.sst";

struct Record {
  std::string key;
  uint64_t trailer = 0;
  std::string value;

  bool operator<(const Record& other) const {
    return engine::CompareInternal(key, trailer, other.key, other.trailer) < 0;
  }
};

BlockRef Parse(std::string_view contents) {
  BlockRef block(DataBlock::New(contents.size()));
  if (!contents.empty()) {
    std::memcpy(block->contents(), contents.data(), contents.size());
  }
  return block->Parse() ? std::move(block) : BlockRef();
}

std::vector<Record> Decode(const DataBlock& block) {
  std::vector<Record> records;
  for (uint32_t i = 0; i < block.count(); ++i) {
    const DataBlock::Entry entry = block.Decode(i);
    Record record;
    record.key = std::string(block.prefix());
    record.key += entry.shared;
    record.key += entry.suffix;
    record.trailer = entry.trailer;
    record.value = std::string(entry.value);
    FUZZ_CHECK(record.key.size() <= block.max_key_bytes());
    records.push_back(std::move(record));
  }
  return records;
}

// Every way of searching that a reader has, in a block that may be wrong in
// what no length shows: order, hashes, groups. Nothing may be read outside.
void SearchAnything(const DataBlock& block, const std::vector<Record>& records,
                    FuzzInput* in) {
  std::vector<std::string> keys = {"", "\xff\xff\xff", in->Key()};
  for (size_t i = 0; i < records.size() && i < 40; ++i) {
    keys.push_back(records[i].key);
    keys.push_back(records[i].key + '\0');
    keys.push_back(records[i].key.substr(0, records[i].key.size() / 2));
  }
  for (const std::string& key : keys) {
    FUZZ_CHECK(block.LowerBound(key, in->Number()) <= block.count());
    DataBlock::Entry entry;
    const SequenceNumber snapshot = in->Number() & engine::kSequenceMax;
    if (block.Find(key, engine::Hash64(key), snapshot, &entry)) {
      FUZZ_CHECK(entry.shared.size() + entry.suffix.size() <= key.size());
    }
  }
}

// The same in a sound block, where the answers are known.
void SearchSound(const DataBlock& block, const std::vector<Record>& records,
                 std::string_view key, SequenceNumber snapshot) {
  size_t expected = 0;
  while (expected < records.size() &&
         engine::CompareInternal(records[expected].key,
                                 records[expected].trailer, key,
                                 engine::SeekTrailer(snapshot)) < 0) {
    ++expected;
  }
  FUZZ_CHECK(block.LowerBound(key, engine::SeekTrailer(snapshot)) == expected);
  DataBlock::Entry entry;
  const bool found = block.Find(key, engine::Hash64(key), snapshot, &entry);
  FUZZ_CHECK(found ==
             (expected < records.size() && records[expected].key == key));
  if (found) {
    FUZZ_CHECK(entry.trailer == records[expected].trailer);
    FUZZ_CHECK(entry.value == records[expected].value);
  }
}

void RunContents(std::string_view contents, FuzzInput* in) {
  const BlockRef block = Parse(contents);
  if (block.get() == nullptr) return;
  const std::vector<Record> records = Decode(*block.get());
  SearchAnything(*block.get(), records, in);
}

// Contents as a file has them, compressed or said to be.
void RunStored(FuzzInput* in) {
  const auto compression =
      static_cast<engine::Compression>(in->Bool() ? in->Below(4) : 2);
  const uint64_t offset = in->Number();
  std::string bytes(in->Rest());
  bytes += engine::EncodeBlockTrailer(1, offset, compression, bytes);
  engine::TableFile file;
  file.path = std::string(kPath);
  file.file_id = 1;
  const auto block = engine::DecodeDataBlock(file, offset, bytes);
  if (!block.ok()) return CheckDamageError(block.status(), kPath);
  FuzzInput nothing(nullptr, 0);
  SearchAnything(*block->get(), Decode(*block->get()), &nothing);
}

void RunBuilder(FuzzInput* in) {
  std::set<Record> sorted;
  for (size_t n = 1 + in->Below(256); n > 0; --n) {
    Record record;
    record.key = in->Key();
    const auto type =
        in->Bool() ? engine::ValueType::kPut : engine::ValueType::kDelete;
    record.trailer =
        engine::PackTrailer(in->Number() % engine::kSequenceMax + 1, type);
    record.value = in->Value();
    sorted.insert(std::move(record));
    if (in->empty()) break;
  }
  engine::BlockBuilder builder;
  for (const Record& record : sorted) {
    builder.Add(record.key, record.trailer, record.value,
                engine::HashTag(engine::Hash64(record.key)));
  }
  std::string contents(builder.Finish());
  const std::vector<Record> records(sorted.begin(), sorted.end());
  bool changed = false;
  while (!in->empty()) {
    const size_t at = static_cast<size_t>(in->Number() % contents.size());
    const uint8_t mask = in->Byte();
    changed = changed || mask != 0;
    contents[at] = static_cast<char>(contents[at] ^ mask);
  }
  if (changed) return RunContents(contents, in);
  const BlockRef block = Parse(contents);
  FUZZ_CHECK(block.get() != nullptr);
  FUZZ_CHECK(block->count() == records.size());
  const std::vector<Record> decoded = Decode(*block.get());
  for (size_t i = 0; i < records.size(); ++i) {
    FUZZ_CHECK(decoded[i].key == records[i].key);
    FUZZ_CHECK(decoded[i].trailer == records[i].trailer);
    FUZZ_CHECK(decoded[i].value == records[i].value);
    const SequenceNumber sequence = engine::TrailerSequence(records[i].trailer);
    SearchSound(*block.get(), records, records[i].key, sequence);
    SearchSound(*block.get(), records, records[i].key, sequence - 1);
    SearchSound(*block.get(), records, records[i].key + '\0', sequence);
    SearchSound(*block.get(), records, records[i].key.substr(1), sequence);
  }
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  switch (in.Below(3)) {
    case 0:
      lsmkv::fuzz::RunContents(in.Rest(), &in);
      break;
    case 1:
      lsmkv::fuzz::RunStored(&in);
      break;
    default:
      lsmkv::fuzz::RunBuilder(&in);
  }
  return 0;
}
