#include "engine/src/table/table_builder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/src/format/range_tombstone.h"
#include "engine/src/table/block_builder.h"
#include "engine/src/table/data_block.h"
#include "engine/src/table/filter.h"
#include "engine/src/table/index.h"
#include "engine/src/table/properties.h"
#include "engine/src/table/table_output.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

struct TableBuilder::Rep {
  Rep(const TableBuildOptions& build_options, WritableFile* file)
      : options(build_options),
        output(file, build_options.file_id, build_options.compression) {}

  absl::Status CheckKey(std::string_view key) const;
  void FlushBlock();
  void IndexLastBlock(std::string_view next);
  void CountSequence(SequenceNumber sequence);
  void WidenBounds(std::string_view smallest, std::string_view largest);
  TableProperties Properties() const;
  // The oldest that has what is in the table.
  uint32_t format_version() const {
    return summary.shares.empty() ? kTableFormatWithoutRefs
                                  : kTableFormatVersion;
  }

  const TableBuildOptions options;
  TableOutput output;
  BlockBuilder block;
  IndexBuilder index;
  // The block that is written but not in the index yet, with its trailer.
  uint64_t unindexed_bytes = 0;
  std::string last_key;
  std::vector<uint64_t> hashes;  // of distinct user keys, for the filter
  std::vector<RangeTombstone> tombstones;
  uint64_t tombstone_bytes = 0;
  TableSummary summary;
  bool finished = false;
};

void AddToShares(const ValueRef& ref, std::vector<ValueShare>* shares) {
  const auto it = std::lower_bound(
      shares->begin(), shares->end(), ref.file,
      [](const ValueShare& share, uint64_t file) { return share.file < file; });
  if (it != shares->end() && it->file == ref.file) {
    it->values += 1;
    it->bytes += ref.bytes;
  } else {
    shares->insert(it, {ref.file, 1, ref.bytes});
  }
}

TableBuilder::TableBuilder(const TableBuildOptions& options, WritableFile* file)
    : rep_(std::make_unique<Rep>(options, file)) {}

TableBuilder::~TableBuilder() = default;

absl::Status TableBuilder::Rep::CheckKey(std::string_view key) const {
  if (key.size() < kTrailerBytes || !IsKnownPointType(Trailer(key))) {
    return InvalidArgument("table: not the internal key of a point entry");
  }
  if (!last_key.empty() && CompareInternal(last_key, key) >= 0) {
    return InvalidArgument("table: keys are not in ascending order");
  }
  return absl::OkStatus();
}

void TableBuilder::Rep::CountSequence(SequenceNumber sequence) {
  const bool first = summary.records + summary.range_tombstones == 0;
  summary.smallest_sequence =
      first ? sequence : std::min(summary.smallest_sequence, sequence);
  summary.largest_sequence = std::max(summary.largest_sequence, sequence);
}

void TableBuilder::Rep::WidenBounds(std::string_view smallest,
                                    std::string_view largest) {
  if (summary.smallest.empty() ||
      CompareInternal(smallest, summary.smallest) < 0) {
    summary.smallest = smallest;
  }
  if (summary.largest.empty() ||
      CompareInternal(largest, summary.largest) > 0) {
    summary.largest = largest;
  }
}

void TableBuilder::Rep::IndexLastBlock(std::string_view next) {
  if (unindexed_bytes == 0) return;
  index.AddBlock(unindexed_bytes, last_key, next);
  unindexed_bytes = 0;
}

void TableBuilder::Rep::FlushBlock() {
  if (block.empty()) return;
  const BlockHandle handle =
      output.WriteBlock(block.Finish(), /*compress=*/true);
  unindexed_bytes = handle.bytes + kBlockTrailerBytes;
}

absl::Status TableBuilder::Add(std::string_view internal_key,
                               std::string_view value) {
  Rep& rep = *rep_;
  LSMKV_DCHECK(!rep.finished);
  LSMKV_RETURN_IF_ERROR(rep.output.status());
  LSMKV_RETURN_IF_ERROR(rep.CheckKey(internal_key));
  const std::string_view user_key = UserKey(internal_key);
  const uint64_t trailer = Trailer(internal_key);
  ValueRef ref;
  if (TrailerType(trailer) == ValueType::kPutRef &&
      !DecodeValueRef(value, &ref)) {
    return InvalidArgument("table: not a reference to a value");
  }
  const bool new_user_key =
      rep.last_key.empty() || UserKey(rep.last_key) != user_key;

  if (!rep.block.empty() &&
      rep.block.EstimatedBytesWith(user_key, value) > rep.options.block_bytes) {
    rep.FlushBlock();
    rep.IndexLastBlock(internal_key);
  }
  if (new_user_key) rep.hashes.push_back(Hash64(user_key));
  rep.block.Add(user_key, trailer, value, HashTag(rep.hashes.back()));

  rep.CountSequence(TrailerSequence(trailer));
  rep.summary.records += 1;
  if (TrailerType(trailer) == ValueType::kDelete) rep.summary.tombstones += 1;
  if (TrailerType(trailer) == ValueType::kPutRef) {
    AddToShares(ref, &rep.summary.shares);
  }
  rep.summary.raw_key_bytes += internal_key.size();
  rep.summary.raw_value_bytes += value.size();
  if (rep.summary.records == 1) rep.WidenBounds(internal_key, internal_key);
  rep.last_key.assign(internal_key);
  return rep.output.status();
}

void TableBuilder::AddRangeTombstone(std::string_view begin,
                                     std::string_view end,
                                     SequenceNumber sequence) {
  Rep& rep = *rep_;
  LSMKV_DCHECK(!rep.finished);
  if (begin >= end) return;
  rep.CountSequence(sequence);
  rep.summary.range_tombstones += 1;
  rep.WidenBounds(
      MakeInternalKey(begin, PackTrailer(sequence, ValueType::kRangeDelete)),
      MakeInternalKey(end, kRangeEndTrailer));
  rep.tombstone_bytes += begin.size() + end.size() + kTrailerBytes;
  rep.tombstones.push_back({std::string(begin), std::string(end), sequence});
}

uint64_t TableBuilder::EstimatedBytes() const {
  const Rep& rep = *rep_;
  uint64_t bytes = rep.output.offset() + rep.index.EstimatedBytes() +
                   rep.tombstone_bytes + kFooterBytes;
  if (!rep.block.empty()) bytes += rep.block.EstimatedBytes();
  return bytes + rep.hashes.size() *
                     static_cast<uint64_t>(rep.options.filter_bits_per_key) / 8;
}

bool TableBuilder::empty() const {
  return rep_->summary.records + rep_->summary.range_tombstones == 0;
}

TableProperties TableBuilder::Rep::Properties() const {
  TableProperties properties;
  properties.Set("lsmkv.format_version", uint64_t{format_version()});
  properties.Set("lsmkv.records", summary.records);
  properties.Set("lsmkv.tombstones", summary.tombstones);
  properties.Set("lsmkv.range_tombstones", summary.range_tombstones);
  properties.Set("lsmkv.raw_key_bytes", summary.raw_key_bytes);
  properties.Set("lsmkv.raw_value_bytes", summary.raw_value_bytes);
  properties.Set("lsmkv.smallest_sequence", summary.smallest_sequence);
  properties.Set("lsmkv.largest_sequence", summary.largest_sequence);
  properties.Set("lsmkv.block_bytes", uint64_t{options.block_bytes});
  properties.Set("lsmkv.compression",
                 static_cast<uint64_t>(options.compression));
  properties.Set("lsmkv.filter_bits_per_key",
                 static_cast<uint64_t>(options.filter_bits_per_key));
  properties.Set("lsmkv.user_keys", uint64_t{hashes.size()});
  return properties;
}

absl::StatusOr<TableSummary> TableBuilder::Finish() {
  Rep& rep = *rep_;
  LSMKV_DCHECK(!rep.finished);
  rep.finished = true;
  rep.FlushBlock();
  rep.IndexLastBlock({});
  if (rep.summary.records != 0) rep.WidenBounds(rep.last_key, rep.last_key);

  Footer footer;
  footer.file_id = rep.options.file_id;
  footer.format_version = rep.format_version();
  if (!rep.hashes.empty() && rep.options.filter_bits_per_key > 0) {
    footer.filter = rep.output.WriteBlock(
        BuildFilter(rep.hashes, rep.options.filter_bits_per_key),
        /*compress=*/false);
  }
  if (!rep.tombstones.empty()) {
    footer.range_tombstones = rep.output.WriteBlock(
        EncodeRangeTombstones(rep.tombstones), /*compress=*/true);
  }
  footer.properties =
      rep.output.WriteBlock(rep.Properties().Encode(), /*compress=*/false);
  footer.index = rep.output.WriteBlock(rep.index.Finish(), /*compress=*/true);
  rep.output.WriteRaw(EncodeFooter(footer));
  rep.output.Flush();
  LSMKV_RETURN_IF_ERROR(rep.output.status());

  rep.summary.file_bytes = rep.output.offset();
  rep.summary.file_checksum = rep.output.Checksum();
  return std::move(rep.summary);
}

}  // namespace lsmkv::engine
