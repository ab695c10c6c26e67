#include "engine/src/table/table_reader.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/src/table/table_iterator.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Values up to this size are copied: a reference count that cores share costs
// more than that.
constexpr size_t kCopyValueBytesMax = 512;
// Lines at the start of a block that a lookup reads: header, hashes, offsets.
constexpr size_t kLinesToPrefetch = 3;
constexpr size_t kLineBytes = 64;

// For readers that nobody counts.
TableCounters* UnreadCounters() {
  static TableCounters counters;
  return &counters;
}

void PrefetchBlock(const DataBlock* block) {
  const char* const start = reinterpret_cast<const char*>(block);
  for (size_t i = 0; i < kLinesToPrefetch; ++i) {
    __builtin_prefetch(start + i * kLineBytes);
  }
}

}  // namespace

TableReader::TableReader(TableFile file, BlockCache* cache,
                         TableCounters* counters)
    : counters_(counters != nullptr ? counters : UnreadCounters()),
      cache_(cache),
      file_(std::move(file)) {}

TableReader::~TableReader() {
  // Without slots it was never opened whole.
  if (cache_ != nullptr && slots_ != nullptr) {
    cache_->Erase(slots_.get(), index_.size());
  }
}

absl::StatusOr<std::unique_ptr<TableReader>> TableReader::Open(
    std::unique_ptr<RandomAccessFile> file, std::string path, uint64_t file_id,
    uint64_t file_bytes, BlockCache* cache, TableCounters* counters) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<TableReader> reader,
                         OpenLazily(std::move(file), std::move(path), file_id,
                                    file_bytes, cache, counters));
  LSMKV_RETURN_IF_ERROR(reader->Load());
  return reader;
}

absl::StatusOr<std::unique_ptr<TableReader>> TableReader::OpenLazily(
    std::unique_ptr<RandomAccessFile> file, std::string path, uint64_t file_id,
    uint64_t file_bytes, BlockCache* cache, TableCounters* counters) {
  TableFile table_file{std::move(file), std::move(path), file_id, file_bytes};
  std::unique_ptr<TableReader> reader(
      new TableReader(std::move(table_file), cache, counters));
  LSMKV_RETURN_IF_ERROR(reader->LoadFooter());
  LSMKV_RETURN_IF_ERROR(reader->LoadRangeTombstones());
  return reader;
}

absl::Status TableReader::LoadFooter() {
  LSMKV_ASSIGN_OR_RETURN(const uint64_t size, file_.file->Size());
  if (size != file_.file_bytes || size < kFooterBytes) {
    return DataLoss(file_.path, size, "the file has ", size, " bytes, not ",
                    file_.file_bytes);
  }
  const uint64_t footer_at = file_.file_bytes - kFooterBytes;
  std::array<char, kFooterBytes> scratch;
  LSMKV_ASSIGN_OR_RETURN(
      const std::string_view bytes,
      ReadExactly(file_, footer_at, kFooterBytes, scratch.data()));
  LSMKV_ASSIGN_OR_RETURN(footer_,
                         DecodeFooter(file_.path, file_.file_bytes, bytes));
  if (footer_.file_id != file_.file_id) {
    return DataLoss(file_.path, footer_at, "this is another file: its id is ",
                    footer_.file_id, ", not ", file_.file_id);
  }
  return absl::OkStatus();
}

absl::Status TableReader::LoadRangeTombstones() {
  if (footer_.range_tombstones.bytes == 0) return absl::OkStatus();
  LSMKV_ASSIGN_OR_RETURN(const MetaBlock block,
                         ReadMetaBlock(file_, footer_.range_tombstones));
  std::vector<RangeTombstone> list;
  if (!ParseRangeTombstones(block.contents(), &list)) {
    return DataLoss(file_.path, footer_.range_tombstones.offset,
                    "malformed range tombstones");
  }
  range_tombstones_ = RangeTombstones(list);
  return absl::OkStatus();
}

absl::Status TableReader::LoadSlow(Loaded wanted) const {
  MutexLock lock(&load_mu_);
  if (loaded_.load(std::memory_order_relaxed) == Loaded::kNothing) {
    LSMKV_ASSIGN_OR_RETURN(index_, ReadTableIndex(file_, footer_.index));
    slots_ = BlockCache::NewSlots(index_.size());
    loaded_.store(Loaded::kIndex, std::memory_order_release);
  }
  if (loaded_.load(std::memory_order_relaxed) >= wanted) {
    return absl::OkStatus();
  }
  LSMKV_ASSIGN_OR_RETURN(filter_, ReadFilter());
  if (filter_.empty() && footer_.filter.bytes != 0) {
    counters_->Add(TableCounters::kFiltersDamaged);
  }
  loaded_.store(Loaded::kAll, std::memory_order_release);
  return absl::OkStatus();
}

absl::StatusOr<TableReader::Loaded> TableReader::LoadForLookup() const {
  // A filter is the largest part of a table that is not data, and spares a
  // lookup no more than one block: it is read where a second one shows that
  // there will be more. Opening a store of 100 MB and getting one key
  // takes 1.25 ms so, in place of 1.85.
  const bool first = !looked_up_.exchange(true, std::memory_order_relaxed);
  const Loaded wanted = first ? Loaded::kIndex : Loaded::kAll;
  LSMKV_RETURN_IF_ERROR(LoadUpTo(wanted));
  return wanted;
}

uint64_t TableReader::memory_bytes() const {
  const Loaded loaded = loaded_.load(std::memory_order_acquire);
  uint64_t bytes = sizeof(*this);
  if (loaded >= Loaded::kIndex) {
    bytes += index_.memory_bytes() + index_.size() * sizeof(BlockCache::Slot);
  }
  if (loaded == Loaded::kAll) bytes += filter_.memory_bytes();
  return bytes;
}

absl::StatusOr<Filter> TableReader::ReadFilter() const {
  if (footer_.filter.bytes == 0) return Filter();
  absl::StatusOr<MetaBlock> block = ReadMetaBlock(file_, footer_.filter);
  Filter filter;
  // Without the filter everything is still found.
  if (block.ok() ? !filter.Parse(*std::move(block))
                 : absl::IsDataLoss(block.status())) {
    return Filter();
  }
  if (!block.ok()) return block.status();
  return filter;
}

absl::StatusOr<TableProperties> TableReader::ReadProperties() const {
  LSMKV_ASSIGN_OR_RETURN(const MetaBlock block,
                         ReadMetaBlock(file_, footer_.properties));
  TableProperties properties;
  if (!properties.Parse(block.contents())) {
    return DataLoss(file_.path, footer_.properties.offset,
                    "malformed properties");
  }
  return properties;
}

absl::Status TableReader::Get(const PointLookup& lookup, PointResult* result,
                              ValueSink* sink) const {
  result->state = PointResult::State::kAbsent;
  // Acquire: what is loaded is seen whole.
  Loaded loaded = loaded_.load(std::memory_order_acquire);
  if (loaded != Loaded::kAll) [[unlikely]] {
    LSMKV_ASSIGN_OR_RETURN(loaded, LoadForLookup());
  }
  const bool filtered = loaded == Loaded::kAll && !filter_.empty();
  if (filtered && !filter_.MayContain(lookup.hash)) {
    counters_->Add(TableCounters::kFilterNegatives);
    return absl::OkStatus();
  }
  const uint32_t i = index_.Find(lookup.user_key, SeekTrailer(lookup.snapshot));
  if (i == index_.size()) return absl::OkStatus();
  // Acquire: pairs with the release in BlockCache::Insert. The caller's guard
  // keeps the block.
  DataBlock* const block = slots_[i].load(std::memory_order_acquire);
  if (block == nullptr) [[unlikely]] {
    LSMKV_RETURN_IF_ERROR(GetFromFile(lookup, i, result, sink));
  } else {
    PrefetchBlock(block);
    counters_->Add(TableCounters::kCacheHits);
    block->Touch();
    DataBlock::Entry entry;
    if (block->Find(lookup.user_key, lookup.hash, lookup.snapshot, &entry)) {
      return Deliver(entry, i, block, result, sink);
    }
  }
  if (filtered && result->state == PointResult::State::kAbsent) {
    counters_->Add(TableCounters::kFilterFalsePositives);
  }
  return absl::OkStatus();
}

absl::Status TableReader::Deliver(const DataBlock::Entry& entry, uint32_t i,
                                  DataBlock* block, PointResult* result,
                                  ValueSink* sink) const {
  result->sequence = TrailerSequence(entry.trailer);
  switch (TrailerType(entry.trailer)) {
    case ValueType::kDelete:
      result->state = PointResult::State::kDelete;
      return absl::OkStatus();
    case ValueType::kPutRef:
      result->state = PointResult::State::kPutRef;
      if (DecodeValueRef(entry.value, &result->ref)) return absl::OkStatus();
      return DataLoss(file_.path, index_.block_offset(i),
                      "malformed reference to a value");
    default:
      break;
  }
  result->state = PointResult::State::kPut;
  if (sink == nullptr) return absl::OkStatus();
  if (entry.value.size() <= kCopyValueBytesMax) {
    sink->SetCopy(entry.value);
  } else {
    block->Ref();
    sink->SetPinned(entry.value, block);
  }
  sink->SetVersion(result->sequence);
  return absl::OkStatus();
}

absl::Status TableReader::GetFromFile(const PointLookup& lookup, uint32_t i,
                                      PointResult* result,
                                      ValueSink* sink) const {
  LSMKV_ASSIGN_OR_RETURN(const BlockRef block,
                         ReadDataBlock(file_, DataHandle(i)));
  counters_->Add(TableCounters::kCacheMisses);
  if (lookup.fill_cache) {
    OfferToCache(i, block.get(), BlockCache::Priority::kHot);
  }
  DataBlock::Entry entry;
  if (block->Find(lookup.user_key, lookup.hash, lookup.snapshot, &entry)) {
    return Deliver(entry, i, block.get(), result, sink);
  }
  return absl::OkStatus();
}

void TableReader::OfferToCache(uint32_t i, DataBlock* block,
                               BlockCache::Priority priority) const {
  if (cache_ != nullptr) cache_->Insert(&slots_[i], block, priority);
}

std::unique_ptr<InternalIterator> TableReader::NewIterator(
    bool fill_cache) const {
  return std::make_unique<TableIterator>(this, fill_cache);
}

uint64_t TableReader::ApproximateOffset(std::string_view internal_key) const {
  return index_.block_offset(
      index_.Find(UserKey(internal_key), Trailer(internal_key)));
}

}  // namespace lsmkv::engine
