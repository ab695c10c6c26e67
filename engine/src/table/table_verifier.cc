#include "engine/src/table/table_verifier.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kReadBytes = 256 << 10;

// Raises the bounds and counts of a summary as TableBuilder does.
void Widen(std::string_view smallest, std::string_view largest,
           TableSummary* summary) {
  if (summary->smallest.empty() ||
      CompareInternal(smallest, summary->smallest) < 0) {
    summary->smallest = smallest;
  }
  if (summary->largest.empty() ||
      CompareInternal(largest, summary->largest) > 0) {
    summary->largest = largest;
  }
}

void CountSequence(SequenceNumber sequence, TableSummary* summary) {
  const bool first = summary->records + summary->range_tombstones == 0;
  summary->smallest_sequence =
      first ? sequence : std::min(summary->smallest_sequence, sequence);
  summary->largest_sequence = std::max(summary->largest_sequence, sequence);
}

}  // namespace

class TableVerifier {
 public:
  TableVerifier(const TableReader* table,
                std::unique_ptr<RandomAccessFile> file,
                const TableSummary* claims, CheckRef check_ref,
                absl::FunctionRef<void(TableFinding)> on_finding);

  absl::Status Run();

 private:
  // Bytes [offset, offset + n) of the file. Calls come in file order.
  absl::StatusOr<std::string_view> Fetch(uint64_t offset, size_t n);
  void Report(uint64_t offset, const absl::Status& status);
  void ReportBlock(uint32_t block, const absl::Status& status);

  void CheckSize();
  absl::Status CheckDataBlocks();
  void CheckEntries(uint32_t i, const DataBlock& block);
  // What is wrong with one entry; empty if nothing is.
  std::string_view CheckEntry(const DataBlock& block, uint32_t entry,
                              std::string_view internal_key);
  // What is wrong with a reference; empty if nothing is.
  std::string_view CheckReference(std::string_view value);
  void CountEntry(std::string_view internal_key, std::string_view value);
  absl::Status CheckMetaBlocks();
  void CheckTombstones(uint64_t offset, std::string_view contents);
  void CheckProperties(uint64_t offset, std::string_view contents);
  absl::Status CheckFooter();
  void CheckClaims();

  const TableReader* const table_;
  const TableFile file_;
  const TableSummary* const claims_;
  const CheckRef check_ref_;
  const absl::FunctionRef<void(TableFinding)> on_finding_;

  std::string buffer_;
  std::string_view window_;
  uint64_t window_offset_ = 0;
  StreamingHash64 hash_;
  uint64_t hashed_bytes_ = 0;
  bool found_any_ = false;
  std::string last_key_;
  uint64_t last_hash_ = 0;
  uint64_t user_keys_ = 0;
  TableSummary counted_;
};

TableVerifier::TableVerifier(const TableReader* table,
                             std::unique_ptr<RandomAccessFile> file,
                             const TableSummary* claims, CheckRef check_ref,
                             absl::FunctionRef<void(TableFinding)> on_finding)
    : table_(table),
      file_{std::move(file), table->file_.path, table->file_.file_id,
            table->file_.file_bytes},
      claims_(claims),
      check_ref_(check_ref),
      on_finding_(on_finding) {}

void TableVerifier::Report(uint64_t offset, const absl::Status& status) {
  found_any_ = true;
  on_finding_({offset, std::string(UserKey(claims_->smallest)),
               std::string(UserKey(claims_->largest)), status});
}

void TableVerifier::ReportBlock(uint32_t block, const absl::Status& status) {
  found_any_ = true;
  TableFinding finding;
  finding.offset = table_->index_.block_offset(block);
  finding.smallest_key = block == 0 ? std::string(UserKey(claims_->smallest))
                                    : table_->index_.Separator(block - 1);
  finding.largest_key = table_->index_.Separator(block);
  finding.status = status;
  on_finding_(std::move(finding));
}

absl::StatusOr<std::string_view> TableVerifier::Fetch(uint64_t offset,
                                                      size_t n) {
  if (offset < window_offset_ || offset + n > window_offset_ + window_.size()) {
    const size_t wanted =
        std::max(n, static_cast<size_t>(std::min<uint64_t>(
                        kReadBytes, file_.file_bytes - offset)));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    window_ = {};
    LSMKV_ASSIGN_OR_RETURN(const std::string_view bytes,
                           file_.file->Read(offset, wanted, buffer_.data()));
    window_ = bytes;
    window_offset_ = offset;
    // After a part that could not be read there is nothing left to sum up.
    const uint64_t end = offset + bytes.size();
    if (offset <= hashed_bytes_ && hashed_bytes_ < end) {
      hash_.Update(bytes.substr(static_cast<size_t>(hashed_bytes_ - offset)));
      hashed_bytes_ = end;
    }
  }
  if (offset + n > window_offset_ + window_.size()) {
    return DataLoss(file_.path, window_offset_ + window_.size(),
                    "the file ends early, within a part that begins at ",
                    offset);
  }
  return window_.substr(static_cast<size_t>(offset - window_offset_), n);
}

void TableVerifier::CheckSize() {
  uint64_t at;
  const absl::Status status = CheckFileSize(file_, &at);
  if (!status.ok()) Report(at, status);
}

absl::Status TableVerifier::Run() {
  CheckSize();
  LSMKV_RETURN_IF_ERROR(CheckDataBlocks());
  LSMKV_RETURN_IF_ERROR(CheckMetaBlocks());
  LSMKV_RETURN_IF_ERROR(CheckFooter());
  if (!found_any_) CheckClaims();
  return absl::OkStatus();
}

absl::Status TableVerifier::CheckDataBlocks() {
  for (uint32_t i = 0; i < table_->index_.size(); ++i) {
    const BlockHandle handle = table_->DataHandle(i);
    const auto n = static_cast<size_t>(handle.bytes + kBlockTrailerBytes);
    const auto bytes = Fetch(handle.offset, n);
    if (absl::IsCancelled(bytes.status())) return bytes.status();
    const auto block = bytes.ok()
                           ? DecodeDataBlock(file_, handle.offset, *bytes)
                           : absl::StatusOr<BlockRef>(bytes.status());
    if (block.ok()) {
      CheckEntries(i, *block->get());
    } else {
      ReportBlock(i, block.status());
    }
  }
  return absl::OkStatus();
}

void TableVerifier::CheckEntries(uint32_t i, const DataBlock& block) {
  const uint64_t offset = table_->index_.block_offset(i);
  std::string_view problem;
  std::string key;
  for (uint32_t e = 0; e < block.count(); ++e) {
    const DataBlock::Entry entry = block.Decode(e);
    key.assign(block.prefix());
    key.append(entry.shared);
    key.append(entry.suffix);
    PutFixed64(&key, entry.trailer);
    std::string_view wrong = CheckEntry(block, e, key);
    const bool at_edge = e == 0 || e + 1 == block.count();
    if (at_edge && table_->index_.Find(UserKey(key), Trailer(key)) != i) {
      wrong = "the index leads to another block";
    }
    if (wrong.empty() && TrailerType(entry.trailer) == ValueType::kPutRef) {
      wrong = CheckReference(entry.value);
    }
    if (problem.empty()) problem = wrong;
    CountEntry(key, entry.value);
  }
  if (!problem.empty()) {
    ReportBlock(i, DataLoss(file_.path, offset, problem));
  }
}

std::string_view TableVerifier::CheckEntry(const DataBlock& block,
                                           uint32_t entry,
                                           std::string_view internal_key) {
  const std::string_view user_key = UserKey(internal_key);
  const uint64_t trailer = Trailer(internal_key);
  if (!last_key_.empty() && CompareInternal(last_key_, internal_key) >= 0) {
    return "keys are out of order";
  }
  if (last_key_.empty() || UserKey(last_key_) != user_key) {
    last_hash_ = Hash64(user_key);
    const Filter& filter = table_->filter_;
    if (!filter.empty() && !filter.MayContain(last_hash_)) {
      return "the filter denies a key that is there";
    }
  }
  DataBlock::Entry found;
  if (block.LowerBound(user_key, trailer) != entry ||
      !block.Find(user_key, last_hash_, TrailerSequence(trailer), &found) ||
      found.trailer != trailer) {
    return "the search in the block does not lead to a key that is there";
  }
  return {};
}

std::string_view TableVerifier::CheckReference(std::string_view value) {
  ValueRef ref;
  if (!DecodeValueRef(value, &ref)) return "malformed reference to a value";
  AddToShares(ref, &counted_.shares);
  if (!check_ref_(ref).ok()) return "a reference to a value that is not there";
  return {};
}

void TableVerifier::CountEntry(std::string_view internal_key,
                               std::string_view value) {
  if (last_key_.empty() || UserKey(last_key_) != UserKey(internal_key)) {
    ++user_keys_;
  }
  CountSequence(TrailerSequence(Trailer(internal_key)), &counted_);
  Widen(internal_key, internal_key, &counted_);
  ++counted_.records;
  if (TrailerType(Trailer(internal_key)) == ValueType::kDelete) {
    ++counted_.tombstones;
  }
  counted_.raw_key_bytes += internal_key.size();
  counted_.raw_value_bytes += value.size();
  last_key_.assign(internal_key);
}

absl::Status TableVerifier::CheckMetaBlocks() {
  const Footer& footer = table_->footer_;
  for (const BlockHandle& handle : {footer.filter, footer.range_tombstones,
                                    footer.properties, footer.index}) {
    if (handle.bytes == 0) continue;
    const auto n = static_cast<size_t>(handle.bytes + kBlockTrailerBytes);
    const auto bytes = Fetch(handle.offset, n);
    if (absl::IsCancelled(bytes.status())) return bytes.status();
    const auto block = bytes.ok()
                           ? DecodeMetaBlock(file_, handle.offset, *bytes)
                           : absl::StatusOr<MetaBlock>(bytes.status());
    if (!block.ok()) {
      Report(handle.offset, block.status());
    } else if (handle.offset == footer.range_tombstones.offset) {
      CheckTombstones(handle.offset, block->contents());
    } else if (handle.offset == footer.properties.offset) {
      CheckProperties(handle.offset, block->contents());
    }
    // A sound filter or index is, by its checksum, the one in memory, which
    // every key was looked up with.
  }
  return absl::OkStatus();
}

void TableVerifier::CheckTombstones(uint64_t offset,
                                    std::string_view contents) {
  std::vector<RangeTombstone> list;
  if (!ParseRangeTombstones(contents, &list)) {
    return Report(offset,
                  DataLoss(file_.path, offset, "malformed range tombstones"));
  }
  for (const RangeTombstone& tombstone : list) {
    CountSequence(tombstone.sequence, &counted_);
    ++counted_.range_tombstones;
    Widen(
        MakeInternalKey(tombstone.begin, PackTrailer(tombstone.sequence,
                                                     ValueType::kRangeDelete)),
        MakeInternalKey(tombstone.end, kRangeEndTrailer), &counted_);
  }
}

void TableVerifier::CheckProperties(uint64_t offset,
                                    std::string_view contents) {
  TableProperties properties;
  if (!properties.Parse(contents)) {
    return Report(offset, DataLoss(file_.path, offset, "malformed properties"));
  }
  if (found_any_) return;  // what is missing cannot have been counted
  const std::pair<std::string_view, uint64_t> counts[] = {
      {"lsmkv.records", counted_.records},
      {"lsmkv.tombstones", counted_.tombstones},
      {"lsmkv.range_tombstones", counted_.range_tombstones},
      {"lsmkv.user_keys", user_keys_},
      {"lsmkv.raw_key_bytes", counted_.raw_key_bytes},
      {"lsmkv.raw_value_bytes", counted_.raw_value_bytes},
      {"lsmkv.smallest_sequence", counted_.smallest_sequence},
      {"lsmkv.largest_sequence", counted_.largest_sequence},
  };
  for (const auto& [name, counted] : counts) {
    uint64_t said = 0;
    if (!properties.Get(name, &said) || said != counted) {
      return Report(offset, DataLoss(file_.path, offset, "the properties say ",
                                     said, " for ", name, ", not ", counted));
    }
  }
}

absl::Status TableVerifier::CheckFooter() {
  const uint64_t offset = file_.file_bytes - kFooterBytes;
  const auto bytes = Fetch(offset, kFooterBytes);
  if (absl::IsCancelled(bytes.status())) return bytes.status();
  if (!bytes.ok()) {
    Report(offset, bytes.status());
    return absl::OkStatus();
  }
  const absl::Status decoded =
      DecodeFooter(file_.path, file_.file_bytes, *bytes).status();
  if (!decoded.ok()) {
    Report(offset, decoded);
  } else if (*bytes != EncodeFooter(table_->footer_)) {
    Report(offset, DataLoss(file_.path, offset,
                            "this is another file than the one opened"));
  }
  return absl::OkStatus();
}

void TableVerifier::CheckClaims() {
  const std::pair<std::string_view, bool> checks[] = {
      {"number of records", counted_.records == claims_->records},
      {"number of deletions", counted_.tombstones == claims_->tombstones},
      {"number of range deletions",
       counted_.range_tombstones == claims_->range_tombstones},
      {"smallest sequence",
       counted_.smallest_sequence == claims_->smallest_sequence},
      {"largest sequence",
       counted_.largest_sequence == claims_->largest_sequence},
      {"smallest key", counted_.smallest == claims_->smallest},
      {"largest key", counted_.largest == claims_->largest},
      {"share of value files", counted_.shares == claims_->shares},
      {"checksum of the whole file",
       hashed_bytes_ == file_.file_bytes &&
           hash_.Digest() == claims_->file_checksum},
  };
  for (const auto& [what, agrees] : checks) {
    if (agrees) continue;
    return Report(0, DataLoss(file_.path, 0, "the ", what,
                              " is not what the MANIFEST says"));
  }
}

absl::Status VerifyTable(const TableReader& table,
                         std::unique_ptr<RandomAccessFile> file,
                         const TableSummary& claims, CheckRef check_ref,
                         absl::FunctionRef<void(TableFinding)> on_finding) {
  if (const absl::Status loaded = table.Load(); !loaded.ok()) {
    if (!absl::IsDataLoss(loaded)) return loaded;
    // Without its index nothing of the table can be read.
    on_finding({0, std::string(UserKey(claims.smallest)),
                std::string(UserKey(claims.largest)), loaded});
    return absl::OkStatus();
  }
  return TableVerifier(&table, std::move(file), &claims, check_ref, on_finding)
      .Run();
}

}  // namespace lsmkv::engine
