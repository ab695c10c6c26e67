#include "service/grpc/messages.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

absl::StatusOr<Operation> OperationOf(
    const v1::BatchWriteRequest::Operation& operation, int index) {
  using Kind = Operation::Kind;
  switch (operation.operation_case()) {
    case v1::BatchWriteRequest::Operation::kPut:
      return Operation{Kind::kPut, operation.put().key(),
                       operation.put().value()};
    case v1::BatchWriteRequest::Operation::kDelete:
      return Operation{Kind::kDelete, operation.delete_().key(), ""};
    case v1::BatchWriteRequest::Operation::kDeleteRange:
      return Operation{Kind::kDeleteRange, operation.delete_range().start_key(),
                       operation.delete_range().end_key()};
    default:
      return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_OPERATION",
                       absl::StrCat("operation ", index, " is of no kind"),
                       {{"operation", absl::StrCat(index)}});
  }
}

absl::StatusOr<WriteRequest> Single(Operation operation,
                                    v1::Durability durability) {
  absl::StatusOr<Durability> asked = DurabilityOf(durability);
  if (!asked.ok()) return asked.status();
  WriteRequest write;
  write.durability = *asked;
  write.operations.push_back(std::move(operation));
  return write;
}

}  // namespace

absl::StatusOr<Durability> DurabilityOf(v1::Durability durability) {
  switch (durability) {
    case v1::DURABILITY_UNSPECIFIED:
      return Durability::kDefault;
    case v1::DURABILITY_SYNC:
      return Durability::kSync;
    case v1::DURABILITY_INTERVAL:
      return Durability::kInterval;
    case v1::DURABILITY_OS:
      return Durability::kOs;
    default:
      return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_DURABILITY",
                       absl::StrCat("durability ", static_cast<int>(durability),
                                    " is not defined"));
  }
}

RangeSpec RangeOf(const v1::KeyRange& range) {
  return {range.start_key(), range.end_key(), range.prefix()};
}

absl::StatusOr<WriteRequest> WriteOf(const v1::PutRequest& request) {
  return Single({Operation::Kind::kPut, request.key(), request.value()},
                request.durability());
}

absl::StatusOr<WriteRequest> WriteOf(const v1::DeleteRequest& request) {
  return Single({Operation::Kind::kDelete, request.key(), ""},
                request.durability());
}

absl::StatusOr<WriteRequest> WriteOf(const v1::BatchWriteRequest& request) {
  absl::StatusOr<Durability> durability = DurabilityOf(request.durability());
  if (!durability.ok()) return durability.status();
  WriteRequest write;
  write.durability = *durability;
  write.operations.reserve(static_cast<size_t>(request.operations_size()));
  for (int i = 0; i < request.operations_size(); ++i) {
    absl::StatusOr<Operation> op = OperationOf(request.operations(i), i);
    if (!op.ok()) return op.status();
    write.operations.push_back(*std::move(op));
  }
  return write;
}

ScanRequest ScanOf(const v1::ScanRequest& request) {
  ScanRequest scan;
  scan.range = RangeOf(request.range());
  scan.reverse = request.reverse();
  scan.keys_only = request.keys_only();
  scan.limit = request.limit();
  scan.page_size = request.page_size();
  scan.page_token = request.page_token();
  return scan;
}

ScanRequest ScanOf(const v1::StreamScanRequest& request) {
  ScanRequest scan;
  scan.range = RangeOf(request.range());
  scan.reverse = request.reverse();
  scan.keys_only = request.keys_only();
  scan.limit = request.limit();
  return scan;
}

void FillRecord(Record record, v1::Record* out) {
  out->set_key(std::move(record.key));
  out->set_value(std::move(record.value));
  out->set_version(record.version);
}

void FillVerify(const VerifyEvent& event, v1::VerifyResponse* out) {
  for (const engine::VerifyFinding& finding : event.findings) {
    v1::VerifyFinding* message = out->add_findings();
    message->set_file(finding.path);
    message->set_offset(finding.offset);
    message->set_smallest_key(finding.smallest_key);
    message->set_largest_key(finding.largest_key);
    const absl::string_view text = finding.status.message();
    message->set_message(text.data(), text.size());
  }
  v1::VerifyProgress* progress = out->mutable_progress();
  progress->set_files(event.progress.files);
  progress->set_files_total(event.progress.files_total);
  progress->set_bytes(event.progress.bytes);
  progress->set_bytes_total(event.progress.bytes_total);
  progress->set_findings(event.progress.findings);
}

void FillLimits(const Limits& limits, v1::GetLimitsResponse* out) {
  out->set_key_bytes_max(limits.key_bytes_max);
  out->set_value_bytes_max(limits.value_bytes_max);
  out->set_batch_bytes_max(limits.batch_bytes_max);
  out->set_batch_operations_max(limits.batch_operations_max);
  out->set_page_size_default(limits.page_size_default);
  out->set_page_size_max(limits.page_size_max);
  out->set_page_bytes_max(limits.page_bytes_max);
  out->set_stream_chunk_bytes(limits.stream_chunk_bytes);
  out->set_snapshot_ttl_ms(limits.snapshot_ttl_ms);
  out->set_deadline_default_ms(limits.deadline_default_ms);
  out->set_deadline_max_ms(limits.deadline_max_ms);
}

void FillStats(const engine::Stats& stats, const ServerInfo& server,
               v1::GetStatsResponse* out) {
  out->set_memtable_records(stats.memtable_records);
  out->set_memtable_bytes(stats.memtable_bytes);
  out->set_memtable_limit_bytes(stats.memtable_limit_bytes);
  out->set_immutable_memtables(stats.immutable_memtables);
  out->set_immutable_memtable_bytes(stats.immutable_memtable_bytes);
  engine::LevelStats total;
  for (size_t i = 0; i < stats.levels.size(); ++i) {
    const engine::LevelStats& level = stats.levels[i];
    v1::LevelStats* message = out->add_levels();
    message->set_level(static_cast<int>(i));
    message->set_files(level.files);
    message->set_bytes(level.bytes);
    message->set_records(level.records);
    total.files += level.files;
    total.bytes += level.bytes;
    total.records += level.records;
  }
  out->set_table_files(total.files);
  out->set_table_records(total.records);
  out->set_table_bytes(total.bytes);
  out->set_wal_files(stats.wal_files);
  out->set_wal_bytes(stats.wal_bytes);
  out->set_block_cache_bytes(stats.block_cache_bytes);
  out->set_block_cache_capacity_bytes(stats.block_cache_capacity_bytes);
  out->set_block_cache_hits(stats.block_cache_hits);
  out->set_block_cache_misses(stats.block_cache_misses);
  out->set_flushes(stats.flushes);
  out->set_compactions(stats.compactions);
  out->set_compactions_running(stats.compactions_running);
  out->set_compaction_pending_bytes(stats.compaction_pending_bytes);
  out->set_open_snapshots(stats.open_snapshots);
  out->set_last_version(stats.last_version);
  out->set_background_error(stats.background_error);
  out->set_server_version(server.version);
  const auto uptime = std::chrono::steady_clock::now() - server.started;
  out->set_uptime_seconds(static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(uptime).count()));
}

}  // namespace lsmkv::service
