#include "service/core/kv_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "service/core/error.h"
#include "service/core/page_token.h"
#include "service/core/scan_stream.h"
#include "service/core/snapshot_registry.h"
#include "service/core/validation.h"
#include "service/core/verify_stream.h"

namespace lsmkv::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Memory of writes that the store has not finished, all callers together.
constexpr uint64_t kPendingWriteBytesMax = uint64_t{512} << 20;
constexpr size_t kKeysPerCheck = 64;

SnapshotRegistry::Options RegistryOptions(const Limits& limits) {
  SnapshotRegistry::Options options;
  options.snapshots_max = std::max<uint64_t>(limits.snapshots_max, 1);
  options.ttl = milliseconds(limits.snapshot_ttl_ms);
  return options;
}

absl::Status KeyNotFound() {
  return MakeError(absl::StatusCode::kNotFound, "KEY_NOT_FOUND",
                   "key not found");
}

absl::Status CheckKeyCount(const Limits& limits, size_t count) {
  if (count <= limits.batch_operations_max) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument, "TOO_MANY_KEYS",
      absl::StrCat("request for ", count, " keys is over the limit of ",
                   limits.batch_operations_max),
      {{"keys", absl::StrCat(count)},
       {"limit", absl::StrCat(limits.batch_operations_max)}});
}

absl::Status ResponseTooLarge(const Limits& limits) {
  return MakeError(
      absl::StatusCode::kResourceExhausted, "RESPONSE_TOO_LARGE",
      absl::StrCat("the values are together over the limit of ",
                   limits.batch_bytes_max, " bytes; ask for fewer keys"),
      {{"limitBytes", absl::StrCat(limits.batch_bytes_max)}});
}

absl::StatusOr<uint64_t> PageRecords(const Limits& limits, int32_t page_size) {
  if (page_size < 0) {
    return MakeError(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_SIZE",
                     absl::StrCat("page_size ", page_size, " is negative"));
  }
  const uint64_t asked = page_size == 0 ? limits.page_size_default
                                        : static_cast<uint64_t>(page_size);
  return std::clamp<uint64_t>(asked, 1,
                              std::max<uint64_t>(limits.page_size_max, 1));
}

// What is left of a range after its key `last` has been examined.
void SkipPast(const std::string& last, bool reverse, KeyRange* range) {
  if (reverse) {
    range->end = last;
  } else {
    range->start = last;
    range->start.push_back('\0');
  }
}

}  // namespace

absl::Status CallContext::Check() const {
  // First, as gRPC cancels a call whose deadline has passed.
  if (deadline != steady_clock::time_point::max() &&
      steady_clock::now() >= deadline) {
    return MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                     "the deadline of the call has passed");
  }
  if (cancelled && cancelled()) {
    return MakeError(absl::StatusCode::kCancelled, "CANCELLED",
                     "the caller cancelled the call");
  }
  return absl::OkStatus();
}

KvCore::KvCore(Store* store, const Limits& limits)
    : store_(store),
      limits_(limits),
      tokens_(std::make_unique<PageTokens>()),
      snapshots_(std::make_unique<SnapshotRegistry>(RegistryOptions(limits))),
      verify_gate_(std::make_unique<VerifyGate>()) {}

KvCore::~KvCore() = default;

steady_clock::time_point KvCore::DeadlineFor(steady_clock::time_point asked,
                                             bool long_call) const {
  const auto now = steady_clock::now();
  const auto longest = now + milliseconds(limits_.deadline_max_ms);
  if (asked != steady_clock::time_point::max()) return std::min(asked, longest);
  if (long_call) return longest;
  return std::min(now + milliseconds(limits_.deadline_default_ms), longest);
}

absl::StatusOr<Value> KvCore::Get(const CallContext& context,
                                  std::string_view key) {
  absl::Status status = CheckKey(limits_, key);
  if (status.ok()) status = context.Check();
  if (!status.ok()) return status;
  absl::StatusOr<Value> value = store_->Get(key, nullptr);
  if (absl::IsNotFound(value.status())) return KeyNotFound();
  return value;
}

absl::StatusOr<std::vector<std::optional<Value>>> KvCore::BatchGet(
    const CallContext& context, const std::vector<std::string>& keys) {
  absl::Status status = CheckKeyCount(limits_, keys.size());
  if (!status.ok()) return status;
  for (const std::string& key : keys) {
    status = CheckKey(limits_, key);
    if (!status.ok()) return status;
  }
  const std::unique_ptr<StoreSnapshot> snapshot = store_->GetSnapshot();
  std::vector<std::optional<Value>> results(keys.size());
  uint64_t bytes = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i % kKeysPerCheck == 0) {
      status = context.Check();
      if (!status.ok()) return status;
    }
    absl::StatusOr<Value> value = store_->Get(keys[i], snapshot.get());
    if (absl::IsNotFound(value.status())) continue;
    if (!value.ok()) return value.status();
    bytes += value->data.size();
    if (bytes > limits_.batch_bytes_max) return ResponseTooLarge(limits_);
    results[i] = *std::move(value);
  }
  return results;
}

void KvCore::Write(const CallContext& context, WriteRequest request,
                   WriteDone done) {
  absl::Status status = CheckWrite(limits_, request);
  if (status.ok()) status = context.Check();
  if (!status.ok()) {
    std::move(done)(std::move(status));
    return;
  }
  StartWrite(std::move(request), std::move(done));
}

void KvCore::StartWrite(WriteRequest request, WriteDone done) {
  uint64_t bytes = sizeof(WriteRequest);
  for (const Operation& op : request.operations) {
    bytes += sizeof(op) + op.key.size() + op.value.size();
  }
  // A single batch always has room; more wait only up to the maximum.
  if (pending_write_bytes_.fetch_add(bytes) + bytes > kPendingWriteBytesMax &&
      pending_write_bytes_.load() != bytes) {
    pending_write_bytes_.fetch_sub(bytes);
    std::move(done)(MakeError(absl::StatusCode::kResourceExhausted,
                              "OVERLOADED",
                              "too many writes are waiting; try later"));
    return;
  }
  store_->Write(std::move(request),
                [this, bytes, done = std::move(done)](
                    absl::StatusOr<uint64_t> version) mutable {
                  pending_write_bytes_.fetch_sub(bytes);
                  std::move(done)(std::move(version));
                });
}

void KvCore::CancelCompactions() { store_->CancelCompactions(); }

void KvCore::DeleteRange(const CallContext& context, const RangeSpec& range,
                         bool all, Durability durability, WriteDone done) {
  absl::StatusOr<KeyRange> resolved = ResolveRange(limits_, range);
  absl::Status status = resolved.status();
  if (status.ok() && !all && range.start.empty() && range.end.empty() &&
      range.prefix.empty()) {
    status = MakeError(absl::StatusCode::kInvalidArgument, "RANGE_UNBOUNDED",
                       "the range is everything; set all to delete it");
  }
  if (status.ok()) status = context.Check();
  if (!status.ok()) {
    std::move(done)(std::move(status));
    return;
  }
  if (IsEmptyRange(*resolved)) {
    std::move(done)(store_->GetStats().last_version);
    return;
  }
  WriteRequest request;
  request.durability = durability;
  request.operations.push_back({Operation::Kind::kDeleteRange,
                                std::move(resolved->start),
                                std::move(resolved->end)});
  StartWrite(std::move(request), std::move(done));
}

absl::StatusOr<ScanPage> KvCore::Scan(const CallContext& context,
                                      const ScanRequest& request) {
  absl::StatusOr<KeyRange> range = ResolveRange(limits_, request.range);
  if (!range.ok()) return range.status();
  absl::StatusOr<uint64_t> page_records =
      PageRecords(limits_, request.page_size);
  if (!page_records.ok()) return page_records.status();
  absl::Status status = context.Check();
  if (!status.ok()) return status;

  ScanPosition position;
  position.remaining = request.limit;
  std::shared_ptr<const StoreSnapshot> snapshot;
  if (!request.page_token.empty()) {
    absl::StatusOr<ScanPosition> read = tokens_->Read(request);
    if (!read.ok()) return read.status();
    position = *std::move(read);
    snapshot = snapshots_->Find(position.snapshot_id);
    if (snapshot == nullptr) return SnapshotExpired();
    SkipPast(position.last_key, request.reverse, &*range);
  }
  ScanPage answer;
  if (IsEmptyRange(*range)) return answer;
  if (snapshot == nullptr) snapshot = store_->GetSnapshot();

  ScanOptions options{*std::move(range), request.reverse, true, snapshot.get(),
                      request.keys_only};
  const std::unique_ptr<Cursor> cursor = store_->Scan(options);
  PageRequest page_request{request.key_contains, request.keys_only,
                           *page_records, limits_.page_bytes_max};
  if (request.limit != 0) {
    page_request.records_max = std::min(*page_records, position.remaining);
  }
  absl::StatusOr<PageResult> page =
      ReadPage(context, cursor.get(), page_request);
  if (!page.ok()) return page.status();
  answer.records = std::move(page->records);
  if (request.limit != 0) position.remaining -= answer.records.size();
  if (page->at_end || (request.limit != 0 && position.remaining == 0)) {
    if (position.snapshot_id != 0) snapshots_->Finished(position.snapshot_id);
    return answer;
  }
  if (position.snapshot_id == 0)
    position.snapshot_id = snapshots_->Add(snapshot);
  position.last_key = std::move(page->last_key);
  answer.next_page_token = tokens_->Make(request, position);
  return answer;
}

absl::StatusOr<std::unique_ptr<ScanStream>> KvCore::StreamScan(
    const CallContext& context, const ScanRequest& request) {
  absl::StatusOr<KeyRange> range = ResolveRange(limits_, request.range);
  if (!range.ok()) return range.status();
  absl::Status status = context.Check();
  if (!status.ok()) return status;
  return NewScanStream(store_, *range, request, limits_.stream_chunk_bytes);
}

absl::Status KvCore::Flush(const CallContext& context) {
  absl::Status status = context.Check();
  return status.ok() ? store_->Flush() : status;
}

absl::Status KvCore::Compact(const CallContext& context,
                             const RangeSpec& range) {
  absl::StatusOr<KeyRange> resolved = ResolveRange(limits_, range);
  if (!resolved.ok()) return resolved.status();
  absl::Status status = context.Check();
  if (!status.ok() || IsEmptyRange(*resolved)) return status;
  return store_->Compact(*resolved);
}

absl::StatusOr<std::unique_ptr<VerifyStream>> KvCore::Verify(
    const CallContext& context, uint64_t bytes_per_second) {
  absl::Status status = context.Check();
  if (!status.ok()) return status;
  return VerifyStream::Start(store_, verify_gate_.get(), bytes_per_second);
}

void KvCore::StopVerify() { verify_gate_->Close(); }

engine::Stats KvCore::GetStats() { return store_->GetStats(); }

absl::Status KvCore::Health() { return store_->Health(); }

}  // namespace lsmkv::service
