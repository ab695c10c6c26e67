#include "client/src/convert.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace lsmkv::client {
namespace {

void Fill(const ScanOptions& scan, auto* request) {
  *request->mutable_range() = ToProto(scan.range);
  request->set_reverse(scan.reverse);
  request->set_keys_only(scan.keys_only);
  request->set_limit(scan.limit);
}

void FillOperation(WriteBatch::Operation&& from,
                   v1::BatchWriteRequest::Operation* to) {
  switch (from.kind) {
    case WriteBatch::Kind::kPut:
      to->mutable_put()->set_key(std::move(from.key));
      to->mutable_put()->set_value(std::move(from.value));
      return;
    case WriteBatch::Kind::kDelete:
      to->mutable_delete_()->set_key(std::move(from.key));
      return;
    case WriteBatch::Kind::kDeleteRange:
      to->mutable_delete_range()->set_start_key(std::move(from.key));
      to->mutable_delete_range()->set_end_key(std::move(from.value));
      return;
  }
}

}  // namespace

v1::Durability ToProto(Durability durability) {
  switch (durability) {
    case Durability::kServerDefault:
      return v1::DURABILITY_UNSPECIFIED;
    case Durability::kSync:
      return v1::DURABILITY_SYNC;
    case Durability::kInterval:
      return v1::DURABILITY_INTERVAL;
    case Durability::kOs:
      return v1::DURABILITY_OS;
  }
  return v1::DURABILITY_UNSPECIFIED;
}

v1::KeyRange ToProto(const KeyRange& range) {
  v1::KeyRange result;
  result.set_start_key(range.start);
  result.set_end_key(range.end);
  result.set_prefix(range.prefix);
  return result;
}

v1::BatchWriteRequest ToProto(WriteBatch batch, Durability durability) {
  v1::BatchWriteRequest request;
  request.set_durability(ToProto(durability));
  request.mutable_operations()->Reserve(static_cast<int>(batch.count()));
  for (WriteBatch::Operation& operation : std::move(batch).operations()) {
    FillOperation(std::move(operation), request.add_operations());
  }
  return request;
}

v1::ScanRequest ToPageRequest(const ScanOptions& scan,
                              const PageOptions& page) {
  v1::ScanRequest request;
  Fill(scan, &request);
  request.set_page_size(page.page_size);
  request.set_page_token(page.page_token);
  return request;
}

v1::StreamScanRequest ToStreamRequest(const ScanOptions& scan) {
  v1::StreamScanRequest request;
  Fill(scan, &request);
  return request;
}

Value FromProto(v1::GetResponse&& response) {
  return {std::move(*response.mutable_value()), response.version()};
}

Record FromProto(v1::Record&& record) {
  return {std::move(*record.mutable_key()), std::move(*record.mutable_value()),
          record.version()};
}

Page FromProto(v1::ScanResponse&& response) {
  Page page;
  page.records.reserve(static_cast<size_t>(response.records_size()));
  for (v1::Record& record : *response.mutable_records()) {
    page.records.push_back(FromProto(std::move(record)));
  }
  page.next_page_token = std::move(*response.mutable_next_page_token());
  return page;
}

absl::StatusOr<std::vector<std::optional<Value>>> FromProto(
    v1::BatchGetResponse&& response, size_t keys) {
  if (static_cast<size_t>(response.results_size()) != keys) {
    return absl::InternalError(absl::StrCat("the server answered ",
                                            response.results_size(), " of ",
                                            keys, " keys"));
  }
  std::vector<std::optional<Value>> values(keys);
  for (size_t i = 0; i < keys; ++i) {
    auto* result = response.mutable_results(static_cast<int>(i));
    if (!result->found()) continue;
    values[i] = Value{std::move(*result->mutable_value()), result->version()};
  }
  return values;
}

Stats FromProto(const v1::GetStatsResponse& response) {
  Stats stats;
  stats.memtable_records = response.memtable_records();
  stats.memtable_bytes = response.memtable_bytes();
  stats.memtable_limit_bytes = response.memtable_limit_bytes();
  stats.immutable_memtables = response.immutable_memtables();
  stats.immutable_memtable_bytes = response.immutable_memtable_bytes();
  for (const v1::LevelStats& level : response.levels()) {
    stats.levels.push_back(
        {level.level(), level.files(), level.bytes(), level.records()});
  }
  stats.table_files = response.table_files();
  stats.table_records = response.table_records();
  stats.table_bytes = response.table_bytes();
  stats.wal_files = response.wal_files();
  stats.wal_bytes = response.wal_bytes();
  stats.block_cache_bytes = response.block_cache_bytes();
  stats.block_cache_capacity_bytes = response.block_cache_capacity_bytes();
  stats.block_cache_hits = response.block_cache_hits();
  stats.block_cache_misses = response.block_cache_misses();
  stats.flushes = response.flushes();
  stats.compactions = response.compactions();
  stats.compactions_running = response.compactions_running();
  stats.compaction_pending_bytes = response.compaction_pending_bytes();
  stats.open_snapshots = response.open_snapshots();
  stats.last_version = response.last_version();
  stats.background_error = response.background_error();
  stats.server_version = response.server_version();
  stats.uptime_seconds = response.uptime_seconds();
  return stats;
}

Limits FromProto(const v1::GetLimitsResponse& response) {
  Limits limits;
  limits.key_bytes_max = response.key_bytes_max();
  limits.value_bytes_max = response.value_bytes_max();
  limits.batch_bytes_max = response.batch_bytes_max();
  limits.batch_operations_max = response.batch_operations_max();
  limits.page_size_default = response.page_size_default();
  limits.page_size_max = response.page_size_max();
  limits.page_bytes_max = response.page_bytes_max();
  limits.stream_chunk_bytes = response.stream_chunk_bytes();
  limits.snapshot_ttl_ms = response.snapshot_ttl_ms();
  limits.deadline_default_ms = response.deadline_default_ms();
  limits.deadline_max_ms = response.deadline_max_ms();
  return limits;
}

VerifyEvent FromProto(v1::VerifyResponse&& response) {
  VerifyEvent event;
  for (v1::VerifyFinding& from : *response.mutable_findings()) {
    VerifyFinding& finding = event.findings.emplace_back();
    finding.file = std::move(*from.mutable_file());
    finding.offset = from.offset();
    finding.smallest_key = std::move(*from.mutable_smallest_key());
    finding.largest_key = std::move(*from.mutable_largest_key());
    finding.message = std::move(*from.mutable_message());
  }
  const v1::VerifyProgress& progress = response.progress();
  event.progress.files = progress.files();
  event.progress.files_total = progress.files_total();
  event.progress.bytes = progress.bytes();
  event.progress.bytes_total = progress.bytes_total();
  event.progress.findings = progress.findings();
  return event;
}

}  // namespace lsmkv::client
