// Batches: the decoder of what logs and callers hold, the encoder, and the
// memtable that takes them.
//
// The first byte chooses between raw bytes for the decoder and operations for
// the encoder.

#include <string>
#include <vector>

#include "engine/src/format/batch.h"
#include "engine/src/memtable/memtable.h"
#include "lsmkv/engine/write_batch.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"

namespace lsmkv::fuzz {
namespace {

using engine::BatchOperation;
using engine::BatchReader;
using engine::ValueType;
using engine::WriteBatch;

// The operations up to the end or to damage.
std::vector<BatchOperation> Decode(std::string_view bytes, bool* damaged) {
  std::vector<BatchOperation> operations;
  BatchReader reader(bytes);
  BatchOperation op;
  while (reader.Next(&op)) operations.push_back(op);
  *damaged = reader.damaged();
  return operations;
}

WriteBatch Encode(const std::vector<BatchOperation>& operations) {
  WriteBatch batch;
  for (const BatchOperation& op : operations) {
    if (op.type == ValueType::kPut) batch.Put(op.key, op.value);
    if (op.type == ValueType::kDelete) batch.Delete(op.key);
    if (op.type == ValueType::kRangeDelete) batch.DeleteRange(op.key, op.value);
  }
  return batch;
}

void CheckSame(const std::vector<BatchOperation>& a,
               const std::vector<BatchOperation>& b) {
  FUZZ_CHECK(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    FUZZ_CHECK(a[i].type == b[i].type);
    FUZZ_CHECK(a[i].key == b[i].key);
    FUZZ_CHECK(a[i].value == b[i].value);
  }
}

// The newest operation on every key is what the memtable gives back.
void CheckMemTable(const std::vector<BatchOperation>& operations) {
  engine::MemTable memtable(1, 64 << 10);
  engine::SequenceNumber sequence = 0;
  for (const BatchOperation& op : operations) memtable.Add(++sequence, op);
  Entries entries;
  FUZZ_CHECK(ReadBothWays(memtable.NewIterator().get(), &entries).ok());
  for (size_t i = 1; i < entries.size(); ++i) {
    FUZZ_CHECK(engine::CompareInternal(entries[i - 1].first, entries[i].first) <
               0);
  }
  std::map<std::string_view, const BatchOperation*> newest;
  for (const BatchOperation& op : operations) {
    if (op.type != ValueType::kRangeDelete) newest[op.key] = &op;
  }
  for (const auto& [key, op] : newest) {
    const auto hit = memtable.Get(key, sequence);
    FUZZ_CHECK(hit.found);
    FUZZ_CHECK(engine::TrailerType(hit.trailer) == op->type);
    FUZZ_CHECK(hit.value == op->value);
    FUZZ_CHECK(!memtable.Get(key, 0).found);
  }
}

void RunDecoder(std::string_view bytes) {
  bool damaged = false;
  const std::vector<BatchOperation> operations = Decode(bytes, &damaged);
  size_t decoded_bytes = 0;
  for (const BatchOperation& op : operations) {
    decoded_bytes += op.key.size() + op.value.size();
  }
  FUZZ_CHECK(decoded_bytes <= bytes.size());
  const WriteBatch batch = Encode(operations);
  // An encoder never writes more than it read: its numbers are the shortest.
  FUZZ_CHECK(batch.encoded().size() <= bytes.size());
  CheckSame(Decode(batch.encoded(), &damaged), operations);
  FUZZ_CHECK(!damaged);
  CheckMemTable(operations);
}

void RunEncoder(FuzzInput* in) {
  WriteBatch batch;
  Model model;
  while (!in->empty()) AddOperation(in, &batch, &model);
  bool damaged = false;
  const auto operations = Decode(batch.encoded(), &damaged);
  FUZZ_CHECK(!damaged);
  FUZZ_CHECK(operations.size() == batch.count());
  FUZZ_CHECK(Encode(operations).encoded() == batch.encoded());
  CheckMemTable(operations);
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::FuzzInput in(data, size);
  if (in.Bool()) {
    lsmkv::fuzz::RunEncoder(&in);
  } else {
    lsmkv::fuzz::RunDecoder(in.Rest());
  }
  return 0;
}
