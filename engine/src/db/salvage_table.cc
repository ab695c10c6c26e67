#include "engine/src/db/salvage_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/src/db/salvage_blocks.h"
#include "engine/src/table/index.h"
#include "engine/src/table/properties.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

std::string_view Text(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

// Walks the blocks forward, passing over what is damaged.
class SalvageTable::Entries : public InternalIterator {
 public:
  explicit Entries(SalvageTable* table) : table_(table) {}

  void SeekToFirst() override {
    next_block_ = 0;
    last_key_.clear();
    block_.reset();
    FindEntry();
  }
  void Next() override {
    ++entry_;
    FindEntry();
  }
  absl::Status status() const override { return status_; }

  void SeekToLast() override { Refuse(); }
  void Seek(std::string_view) override { Refuse(); }
  void SeekForPrev(std::string_view) override { Refuse(); }
  void Prev() override { Refuse(); }

 private:
  void Refuse() {
    StandNowhere();
    status_ = Internal("a table is salvaged from its start to its end");
  }
  // To the first good entry from entry_ of block_ on.
  void FindEntry();
  // Opens the next block that is sound.
  bool NextBlock();
  enum class Outcome { kRead, kOutOfOrder, kValueLost };
  Outcome ReadEntry();

  SalvageTable* const table_;
  size_t next_block_ = 0;
  BlockRef block_;
  uint32_t entry_ = 0;
  std::string last_key_;
  std::string loaded_;  // a value from a value file
  absl::Status status_;
};

void SalvageTable::Entries::FindEntry() {
  while (true) {
    if (block_.get() == nullptr || entry_ == block_->count()) {
      if (!NextBlock()) return StandNowhere();
    }
    const Outcome outcome = ReadEntry();
    if (outcome == Outcome::kRead) return;
    if (outcome == Outcome::kValueLost) {
      ++entry_;
      continue;
    }
    const BlockHandle at = table_->blocks_[next_block_ - 1];
    table_->Lose(at.offset, at.bytes + kBlockTrailerBytes,
                 DataLoss(table_->file_.path, at.offset, "keys out of order"));
    block_.reset();
  }
}

bool SalvageTable::Entries::NextBlock() {
  block_.reset();
  entry_ = 0;
  for (; next_block_ < table_->blocks_.size(); ++next_block_) {
    const BlockHandle at = table_->blocks_[next_block_];
    auto block = ReadDataBlock(table_->file_, at);
    if (block.ok()) {
      block_ = *std::move(block);
      ++next_block_;
      return true;
    }
    table_->Lose(at.offset, at.bytes + kBlockTrailerBytes, block.status());
  }
  return false;
}

SalvageTable::Entries::Outcome SalvageTable::Entries::ReadEntry() {
  const DataBlock::Entry entry = block_->Decode(entry_);
  std::string key(block_->prefix());
  key.append(entry.shared);
  key.append(entry.suffix);
  PutFixed64(&key, entry.trailer);
  if (!last_key_.empty() && CompareInternal(last_key_, key) >= 0) {
    return Outcome::kOutOfOrder;
  }
  last_key_ = std::move(key);
  std::string_view value = entry.value;
  const std::string_view user_key = UserKey(last_key_);
  table_->EndLoss(user_key);
  table_->last_user_key_.assign(user_key);
  const SequenceNumber sequence = TrailerSequence(entry.trailer);
  table_->largest_sequence_ = std::max(table_->largest_sequence_, sequence);
  if (TrailerType(entry.trailer) == ValueType::kPutRef) {
    if (!table_->values_->Load(entry.value, user_key, sequence, &loaded_)) {
      ++table_->values_lost_;
      return Outcome::kValueLost;
    }
    value = loaded_;
    last_key_.resize(last_key_.size() - kTrailerBytes);
    PutFixed64(&last_key_, PackTrailer(sequence, ValueType::kPut));
  }
  StandOn(last_key_, value);
  ++table_->point_records_;
  return Outcome::kRead;
}

SalvageTable::SalvageTable(Env* env, std::string path, const FileMeta* meta,
                           SalvageValues* values, SalvagedFile* report)
    : meta_(meta), values_(values), report_(report) {
  report_->path = path;
  file_.path = std::move(path);
  if (meta_ != nullptr) {
    expected_records_ = meta_->records + meta_->range_tombstones;
    records_known_ = true;
    report_->bytes = meta_->file_bytes;
    last_user_key_ = meta_->smallest_user();
    largest_sequence_ = meta_->largest_sequence;
  }
  auto file = env->NewRandomAccessFile(file_.path);
  absl::Status opened = file.status();
  if (opened.ok()) {
    file_.file = *std::move(file);
    opened = Open();
  }
  if (!opened.ok()) Unreadable(opened);
}

absl::Status SalvageTable::Open() {
  LSMKV_ASSIGN_OR_RETURN(file_.file_bytes, file_.file->Size());
  report_->bytes = std::max(report_->bytes, file_.file_bytes);
  const absl::Status footer = ReadFooter();
  // The id salts every checksum: without one nothing can be checked.
  if (!footer.ok() && meta_ == nullptr) return footer;
  if (!footer.ok()) file_.file_id = meta_->file_id;
  const absl::Status index = footer.ok() ? ReadIndex() : footer;
  if (!index.ok()) {
    report_->note = Concat("its blocks were searched for: ", Text(index));
    FindBlocks();
  } else if (footer_.range_tombstones.bytes != 0) {
    const absl::Status read = ReadTombstones(footer_.range_tombstones);
    if (!read.ok()) LoseTombstones(read);
  }
  return absl::OkStatus();
}

absl::Status SalvageTable::ReadFooter() {
  // A file that lost its end has no footer; one that got longer has it where
  // it was.
  uint64_t bytes = file_.file_bytes;
  if (meta_ != nullptr) bytes = std::min(bytes, meta_->file_bytes);
  if (bytes < kFooterBytes) {
    return DataLoss(file_.path, bytes, "too short for a table");
  }
  std::array<char, kFooterBytes> scratch;
  LSMKV_ASSIGN_OR_RETURN(
      const std::string_view read,
      ReadExactly(file_, bytes - kFooterBytes, kFooterBytes, scratch.data()));
  LSMKV_ASSIGN_OR_RETURN(footer_, DecodeFooter(file_.path, bytes, read));
  if (meta_ != nullptr && footer_.file_id != meta_->file_id) {
    return DataLoss(file_.path, bytes - kFooterBytes,
                    "this is another file: its id is ", footer_.file_id,
                    ", not ", meta_->file_id);
  }
  file_.file_id = footer_.file_id;
  have_footer_ = true;
  if (records_known_) return absl::OkStatus();
  // What the table says of itself helps to say what is missing.
  const auto block = ReadMetaBlock(file_, footer_.properties);
  TableProperties properties;
  uint64_t tombstones = 0;
  records_known_ = block.ok() && properties.Parse(block->contents()) &&
                   properties.Get("lsmkv.records", &expected_records_) &&
                   properties.Get("lsmkv.range_tombstones", &tombstones);
  expected_records_ += tombstones;
  return absl::OkStatus();
}

absl::Status SalvageTable::ReadIndex() {
  LSMKV_ASSIGN_OR_RETURN(const TableIndex index,
                         ReadTableIndex(file_, footer_.index));
  for (uint32_t i = 0; i < index.size(); ++i) {
    blocks_.push_back(
        {index.block_offset(i), index.block_bytes(i) - kBlockTrailerBytes});
  }
  return absl::OkStatus();
}

absl::Status SalvageTable::ReadTombstones(BlockHandle handle) {
  LSMKV_ASSIGN_OR_RETURN(const MetaBlock block, ReadMetaBlock(file_, handle));
  if (!ParseRangeTombstones(block.contents(), &tombstones_)) {
    tombstones_.clear();
    return DataLoss(file_.path, handle.offset, "malformed range tombstones");
  }
  for (const RangeTombstone& t : tombstones_) {
    largest_sequence_ = std::max(largest_sequence_, t.sequence);
  }
  return absl::OkStatus();
}

void SalvageTable::FindBlocks() {
  uint64_t end = file_.file_bytes;
  if (have_footer_) end = std::min(end, footer_.index.offset);
  FoundBlocks found = engine::FindBlocks(file_, end);
  blocks_ = std::move(found.data);
  const absl::Status why =
      DataLoss(file_.path, found.stopped_at, "no block fits its checksum");
  if (have_footer_) {
    if (footer_.range_tombstones.bytes != 0) {
      const absl::Status read = ReadTombstones(footer_.range_tombstones);
      if (!read.ok()) LoseTombstones(read);
    }
  } else if (meta_ != nullptr && meta_->range_tombstones > 0) {
    for (const BlockHandle& other : found.others) {
      if (ReadTombstones(other).ok() &&
          tombstones_.size() == meta_->range_tombstones) {
        break;
      }
      tombstones_.clear();
    }
    if (tombstones_.empty()) LoseTombstones(why);
  }
  if (!found.complete) {
    rest_lost_at_ = found.stopped_at;
    rest_lost_ = why;
  }
}

void SalvageTable::LoseTombstones(const absl::Status& why) {
  SalvageLoss loss;
  loss.offset = footer_.range_tombstones.offset;
  loss.bytes = footer_.range_tombstones.bytes;
  if (meta_ != nullptr) {
    loss.smallest_key = meta_->smallest_user();
    loss.largest_key = meta_->largest_user();
  }
  loss.status =
      DataLoss(file_.path, loss.offset, "deletions of ranges: ", Text(why));
  report_->losses.push_back(std::move(loss));
}

void SalvageTable::Unreadable(const absl::Status& why) {
  Lose(0, report_->bytes, why);
  blocks_.clear();
}

void SalvageTable::Lose(uint64_t offset, uint64_t bytes,
                        const absl::Status& why) {
  if (in_loss_) {
    SalvageLoss& last = report_->losses.back();
    if (last.offset + last.bytes == offset) {
      last.bytes += bytes;
      return;
    }
  }
  SalvageLoss loss;
  loss.offset = offset;
  loss.bytes = bytes;
  loss.smallest_key = last_user_key_;
  loss.status = why;
  report_->losses.push_back(std::move(loss));
  in_loss_ = true;
}

void SalvageTable::EndLoss(std::string_view next_key) {
  if (!in_loss_) return;
  report_->losses.back().largest_key.assign(next_key);
  in_loss_ = false;
}

std::unique_ptr<InternalIterator> SalvageTable::NewIterator() {
  return std::make_unique<Entries>(this);
}

void SalvageTable::Finish() {
  if (!rest_lost_.ok()) {
    uint64_t end = report_->bytes;
    if (have_footer_) end = std::min(end, footer_.index.offset);
    Lose(rest_lost_at_, end - rest_lost_at_, rest_lost_);
  }
  EndLoss(meta_ != nullptr ? meta_->largest_user() : std::string_view());
  report_->records = point_records_ + tombstones_.size();
  report_->records_known = records_known_ || report_->losses.empty();
  // A value that is lost is counted where it was.
  const uint64_t found = report_->records + values_lost_;
  if (records_known_ && expected_records_ > found) {
    report_->records_lost = expected_records_ - found;
  }
  report_->state = report_->losses.empty() ? SalvagedFile::State::kWhole
                   : report_->records > 0  ? SalvagedFile::State::kPartly
                                           : SalvagedFile::State::kUnreadable;
}

}  // namespace lsmkv::engine
