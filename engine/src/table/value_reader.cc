#include "engine/src/table/value_reader.h"

#include <array>
#include <utility>

#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// A value of more than this part of the cache is not kept: it would displace
// too much that is read more often.
constexpr size_t kCacheShareMax = 16;

}  // namespace

ValueReader::ValueReader(TableFile file, BlockCache* cache,
                         TableCounters* counters)
    : file_(std::move(file)), cache_(cache), counters_(counters) {}

ValueReader::~ValueReader() {
  if (cache_ != nullptr && slots_ != nullptr) {
    cache_->Erase(slots_.get(), values());
  }
}

absl::StatusOr<std::unique_ptr<ValueReader>> ValueReader::Open(
    std::unique_ptr<RandomAccessFile> file, std::string path, uint64_t file_id,
    uint64_t file_bytes, uint64_t values, BlockCache* cache,
    TableCounters* counters) {
  TableFile table_file{std::move(file), std::move(path), file_id, file_bytes};
  std::unique_ptr<ValueReader> reader(
      new ValueReader(std::move(table_file), cache, counters));
  LSMKV_RETURN_IF_ERROR(reader->LoadIndex(values));
  return reader;
}

absl::Status ValueReader::LoadIndex(uint64_t values) {
  LSMKV_ASSIGN_OR_RETURN(const uint64_t size, file_.file->Size());
  if (size != file_.file_bytes || size < kValueFooterBytes) {
    return DataLoss(file_.path, size, "the file has ", size, " bytes, not ",
                    file_.file_bytes);
  }
  const uint64_t footer_at = size - kValueFooterBytes;
  std::array<char, kValueFooterBytes> scratch;
  LSMKV_ASSIGN_OR_RETURN(
      const std::string_view bytes,
      ReadExactly(file_, footer_at, kValueFooterBytes, scratch.data()));
  LSMKV_ASSIGN_OR_RETURN(footer_, DecodeValueFooter(file_.path, size, bytes));
  if (footer_.file_id != file_.file_id) {
    return DataLoss(file_.path, footer_at, "this is another file: its id is ",
                    footer_.file_id, ", not ", file_.file_id);
  }
  if (footer_.values != values) {
    return DataLoss(file_.path, footer_at, "the file has ", footer_.values,
                    " values, not ", values);
  }
  LSMKV_ASSIGN_OR_RETURN(const MetaBlock block,
                         ReadMetaBlock(file_, footer_.index));
  if (!ParseValueIndex(block.contents(), values, footer_.index.offset,
                       &offsets_)) {
    offsets_ = {0};
    return DataLoss(file_.path, footer_.index.offset, "malformed index");
  }
  slots_ = BlockCache::NewSlots(values);
  return absl::OkStatus();
}

absl::Status ValueReader::Check(const ValueRef& ref) const {
  if (ref.index >= values()) {
    return DataLoss(file_.path, footer_.index.offset, "a reference to value ",
                    ref.index, " of ", values());
  }
  const uint64_t bytes = offsets_[ref.index + 1] - offsets_[ref.index];
  if (bytes == ref.bytes) return absl::OkStatus();
  return DataLoss(file_.path, offsets_[ref.index], "a reference to ", ref.bytes,
                  " bytes, not ", bytes);
}

BlockRef ValueReader::FromCache(uint64_t i) const {
  // The guard keeps the block until we have a reference of our own.
  const EpochGuard guard;
  // Acquire: pairs with the release in BlockCache::Insert.
  DataBlock* const block = slots_[i].load(std::memory_order_acquire);
  if (block == nullptr) return BlockRef();
  block->Ref();
  block->Touch();
  return BlockRef(block);
}

absl::StatusOr<LoadedValue> ValueReader::Load(const ValueRef& ref,
                                              std::string_view user_key,
                                              SequenceNumber sequence,
                                              Keep keep) const {
  LSMKV_RETURN_IF_ERROR(Check(ref));
  const uint64_t offset = offsets_[ref.index];
  LoadedValue loaded;
  loaded.block = FromCache(ref.index);
  const bool hit = loaded.block.get() != nullptr;
  if (counters_ != nullptr) {
    counters_->Add(hit ? TableCounters::kCacheHits
                       : TableCounters::kCacheMisses);
  }
  if (!hit) {
    LSMKV_ASSIGN_OR_RETURN(
        loaded.block,
        ReadBlock(file_, {offset, ref.bytes - kBlockTrailerBytes}));
  }
  ValueRecord record;
  if (!ParseValueRecord(loaded.block->bytes(), &record)) {
    return DataLoss(file_.path, offset, "malformed value");
  }
  // A reference that leads to another value is damage like any other.
  if ((record.user_key != user_key || record.sequence != sequence) &&
      !LSMKV_BUG("value_of_another_key_taken")) {
    return DataLoss(file_.path, offset, "this is the value of another write");
  }
  loaded.value = record.value;
  if (!hit && keep != Keep::kNo && cache_ != nullptr &&
      loaded.block->charge_bytes() <=
          cache_->capacity_bytes() / kCacheShareMax) {
    cache_->Insert(&slots_[ref.index], loaded.block.get(),
                   keep == Keep::kHot ? BlockCache::Priority::kHot
                                      : BlockCache::Priority::kCold);
  }
  return loaded;
}

absl::StatusOr<StoredBlock> ValueReader::LoadStored(
    const ValueRef& ref, std::string* scratch) const {
  LSMKV_RETURN_IF_ERROR(Check(ref));
  const uint64_t offset = offsets_[ref.index];
  const auto n = static_cast<size_t>(ref.bytes);
  if (scratch->size() < n) scratch->resize(n);
  LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                         ReadExactly(file_, offset, n, scratch->data()));
  return CheckBlock(file_.path, file_.file_id, offset, bytes);
}

void ValueReader::ReadAhead(const ValueRef& ref, uint64_t bytes) const {
  if (ref.index >= values()) return;
  file_.file->ReadAhead(offsets_[ref.index], static_cast<size_t>(bytes));
}

uint64_t ValueReader::memory_bytes() const {
  return sizeof(*this) + offsets_.capacity() * sizeof(uint64_t) +
         values() * sizeof(BlockCache::Slot);
}

}  // namespace lsmkv::engine
