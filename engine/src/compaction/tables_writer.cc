#include "engine/src/compaction/tables_writer.h"

#include <algorithm>
#include <utility>

#include "engine/src/format/file_names.h"
#include "engine/src/format/packed_value.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/random.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// A table may overlap this many times its own size in the level below.
constexpr uint64_t kGrandparentFactor = 10;

}  // namespace

struct TablesWriter::OpenTableFile {
  uint64_t number;
  uint64_t file_id;
  std::unique_ptr<WritableFile> file;
  std::unique_ptr<TableBuilder> builder;
};

TablesWriter::TablesWriter(const JobContext& context, OutputLimits limits,
                           std::vector<RangeTombstone> tombstones)
    : context_(context),
      limits_(std::move(limits)),
      tombstones_(std::move(tombstones)),
      values_(context, limits_.compression, context.options->table_bytes) {}

TablesWriter::~TablesWriter() {
  if (!finished_) Abandon();
}

void TablesWriter::Abandon() {
  table_.reset();
  files_.clear();
  values_.Abandon();
  // What cannot be removed now is removed by the next opening.
  for (const std::string& path : unfinished_paths_) {
    context_.env->RemoveFile(path).IgnoreError();
  }
}

absl::Status TablesWriter::StartTable() {
  auto table = std::make_unique<OpenTableFile>();
  table->number = context_.versions->NewFileNumber();
  table->file_id = RandomFileId(context_.env);
  const std::string path = TablePath(context_.dir, table->number);
  LSMKV_ASSIGN_OR_RETURN(table->file, context_.env->NewWritableFile(path));
  unfinished_paths_.push_back(path);
  TableBuildOptions build;
  build.block_bytes = context_.options->block_bytes;
  build.filter_bits_per_key = context_.options->filter_bits_per_key;
  build.compression = limits_.compression;
  build.file_id = table->file_id;
  table->builder = std::make_unique<TableBuilder>(build, table->file.get());
  table_ = std::move(table);
  grandparent_bytes_ = 0;
  return absl::OkStatus();
}

bool TablesWriter::ShouldCut(std::string_view next_user_key) {
  const uint64_t bytes = table_->builder->EstimatedBytes();
  if (bytes >= limits_.table_bytes_max) return true;
  // Passing the end of a table below: a good place to cut if the output is
  // big enough, a needed one if it overlaps too much already.
  bool boundary = false;
  while (next_grandparent_ < limits_.grandparents.size() &&
         limits_.grandparents[next_grandparent_]->largest_user() <
             next_user_key) {
    grandparent_bytes_ += limits_.grandparents[next_grandparent_]->file_bytes;
    ++next_grandparent_;
    boundary = true;
  }
  if (!boundary) return false;
  return bytes >= limits_.table_bytes_max / 2 ||
         (grandparent_bytes_ > kGrandparentFactor * limits_.table_bytes_max &&
          bytes >= limits_.table_bytes_max / 8);
}

absl::Status TablesWriter::MakeRoom(std::string_view internal_key) {
  const std::string_view user_key = UserKey(internal_key);
  // All versions of a user key stay in one table: a search looks into one
  // table of a level only.
  if (table_ != nullptr && user_key != last_user_key_ && ShouldCut(user_key)) {
    LSMKV_RETURN_IF_ERROR(FinishTable(user_key));
  }
  if (table_ == nullptr) LSMKV_RETURN_IF_ERROR(StartTable());
  last_user_key_.assign(user_key);
  ++records_;
  return absl::OkStatus();
}

absl::Status TablesWriter::Add(std::string_view internal_key,
                               std::string_view value) {
  LSMKV_RETURN_IF_ERROR(MakeRoom(internal_key));
  LSMKV_ASSIGN_OR_RETURN(const std::optional<ValueRef> ref,
                         PlaceValue(internal_key, value));
  if (!ref) return table_->builder->Add(internal_key, value);
  return AddRef(internal_key, *ref);
}

bool TablesWriter::Separates(std::string_view internal_key,
                             std::string_view value) const {
  const size_t separate = context_.options->value_separation_bytes;
  return separate > 0 && value.size() >= separate &&
         TrailerType(Trailer(internal_key)) == ValueType::kPut;
}

absl::Status TablesWriter::AddSeparated(std::string_view internal_key,
                                        const StoredBlock& record) {
  LSMKV_RETURN_IF_ERROR(MakeRoom(internal_key));
  LSMKV_ASSIGN_OR_RETURN(const ValueRef ref, values_.AddStored(record));
  return AddRef(internal_key, ref);
}

absl::Status TablesWriter::AddRef(std::string_view internal_key,
                                  const ValueRef& ref) {
  entry_key_.assign(UserKey(internal_key));
  PutFixed64(&entry_key_, PackTrailer(TrailerSequence(Trailer(internal_key)),
                                      ValueType::kPutRef));
  return table_->builder->Add(entry_key_, EncodeValueRef(ref));
}

absl::StatusOr<std::optional<ValueRef>> TablesWriter::PlaceValue(
    std::string_view internal_key, std::string_view value) {
  const uint64_t trailer = Trailer(internal_key);
  if (TrailerType(trailer) == ValueType::kPutPacked) {
    return PlacePacked(internal_key, value);
  }
  if (Separates(internal_key, value)) {
    return values_.Add(
        {UserKey(internal_key), TrailerSequence(trailer), value});
  }
  if (TrailerType(trailer) != ValueType::kPutRef || limits_.collect.empty()) {
    return std::nullopt;
  }
  ValueRef ref;
  if (!DecodeValueRef(value, &ref) || !limits_.collect.contains(ref.file)) {
    return std::nullopt;  // what is no reference is refused by the table
  }
  const auto& values = limits_.values_of->values();
  const auto it = values.find(ref.file);
  if (it == values.end()) return std::nullopt;
  return values_.Move(*it->second.file, ref);
}

absl::StatusOr<ValueRef> TablesWriter::PlacePacked(
    std::string_view internal_key, std::string_view packed) {
  EncodeValueRecord(
      {UserKey(internal_key), TrailerSequence(Trailer(internal_key)),
       /*value=*/{}},
      &packed_head_);
  packed_block_.clear();
  PutFixed32(&packed_block_, static_cast<uint32_t>(packed_head_.size() +
                                                   UnpackedBytes(packed)));
  packed_block_.append(PackedBlockAfter(packed_head_, packed, &packed_block_));
  return values_.AddStored({packed_block_, Compression::kLz4});
}

void WrittenFiles::AddTo(int level, VersionEdit* edit) && {
  for (auto& file : tables)
    edit->added_files.push_back({level, std::move(file)});
  for (auto& file : values) edit->added_values.push_back(std::move(file));
}

void TablesWriter::AddTombstones(std::optional<std::string_view> window_end) {
  for (const RangeTombstone& t : tombstones_) {
    std::string_view begin = t.begin;
    std::string_view end = t.end;
    if (window_begin_ && begin < *window_begin_) begin = *window_begin_;
    if (window_end && end > *window_end) end = *window_end;
    if (begin < end) table_->builder->AddRangeTombstone(begin, end, t.sequence);
  }
}

absl::Status TablesWriter::FinishTable(
    std::optional<std::string_view> window_end) {
  AddTombstones(window_end);
  if (window_end) window_begin_ = std::string(*window_end);
  LSMKV_ASSIGN_OR_RETURN(TableSummary summary, table_->builder->Finish());
  if (!LSMKV_BUG("table_not_synced")) {
    LSMKV_RETURN_IF_ERROR(table_->file->Sync());
  }
  LSMKV_RETURN_IF_ERROR(table_->file->Close());
  auto meta = std::make_shared<FileMeta>();
  meta->number = table_->number;
  meta->file_id = table_->file_id;
  meta->file_bytes = summary.file_bytes;
  meta->checksum = summary.file_checksum;
  meta->records = summary.records;
  meta->tombstones = summary.tombstones;
  meta->range_tombstones = summary.range_tombstones;
  meta->smallest_sequence = summary.smallest_sequence;
  meta->largest_sequence = summary.largest_sequence;
  meta->smallest = std::move(summary.smallest);
  meta->largest = std::move(summary.largest);
  meta->shares = std::move(summary.shares);
  // Opening it checks what was written before anything relies on it.
  LSMKV_RETURN_IF_ERROR(context_.versions->OpenTable(meta.get()));
  written_bytes_ += meta->file_bytes;
  files_.push_back(std::move(meta));
  table_ = nullptr;
  return absl::OkStatus();
}

absl::StatusOr<WrittenFiles> TablesWriter::Finish() {
  const bool tombstones_left = std::any_of(
      tombstones_.begin(), tombstones_.end(), [&](const RangeTombstone& t) {
        return !window_begin_ || t.end > *window_begin_;
      });
  if (table_ == nullptr && tombstones_left) {
    LSMKV_RETURN_IF_ERROR(StartTable());
  }
  if (table_ != nullptr) LSMKV_RETURN_IF_ERROR(FinishTable(std::nullopt));
  WrittenFiles written;
  LSMKV_ASSIGN_OR_RETURN(written.values, values_.Finish());
  if (!files_.empty() && !LSMKV_BUG("directory_of_table_not_synced")) {
    LSMKV_RETURN_IF_ERROR(context_.env->SyncDir(context_.dir));
  }
  finished_ = true;
  written.tables = std::move(files_);
  return written;
}

}  // namespace lsmkv::engine
