// The public DB: a thin front of DbImpl.

#include "lsmkv/engine/db.h"

#include <algorithm>
#include <utility>

#include "engine/src/db/db_impl.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// A batch for one operation that keeps its memory between calls, so that a
// write of a usual size allocates nothing.
constexpr size_t kKeptBytesMax = 64 << 10;
WriteBatch& SingleBatch() {
  thread_local WriteBatch batch;
  if (batch.size_bytes() > kKeptBytesMax) batch = WriteBatch();
  batch.Clear();
  return batch;
}

}  // namespace

DB::DB(std::unique_ptr<DbImpl> impl) : impl_(std::move(impl)) {}
DB::~DB() = default;

absl::StatusOr<std::unique_ptr<DB>> DB::Open(const Options& options,
                                             const std::string& path) {
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<DbImpl> impl,
                         DbImpl::Open(options, path));
  return std::unique_ptr<DB>(new DB(std::move(impl)));
}

absl::StatusOr<uint64_t> DB::Put(const WriteOptions& options,
                                 std::string_view key, std::string_view value) {
  LSMKV_RETURN_IF_ERROR(impl_->CheckSizes(key.size(), value.size()));
  WriteBatch& batch = SingleBatch();
  batch.Put(key, value);
  return Write(options, batch);
}

absl::StatusOr<uint64_t> DB::Delete(const WriteOptions& options,
                                    std::string_view key) {
  LSMKV_RETURN_IF_ERROR(impl_->CheckSizes(key.size(), 0));
  WriteBatch& batch = SingleBatch();
  batch.Delete(key);
  return Write(options, batch);
}

absl::StatusOr<uint64_t> DB::DeleteRange(const WriteOptions& options,
                                         std::string_view begin,
                                         std::string_view end) {
  LSMKV_RETURN_IF_ERROR(
      impl_->CheckSizes(std::max(begin.size(), end.size()), 0));
  WriteBatch& batch = SingleBatch();
  batch.DeleteRange(begin, end);
  return Write(options, batch);
}

absl::StatusOr<uint64_t> DB::Write(const WriteOptions& options,
                                   const WriteBatch& batch) {
  return impl_->Write(options, batch.encoded(), batch.count());
}

void DB::WriteAsync(const WriteOptions& options, WriteBatch batch,
                    WriteCallback done) {
  impl_->WriteAsync(options, std::move(batch), std::move(done));
}

absl::Status DB::Get(const ReadOptions& options, std::string_view key,
                     PinnedValue* value) const {
  return impl_->Get(options, key, value);
}

absl::StatusOr<std::string> DB::Get(std::string_view key) const {
  PinnedValue value;
  LSMKV_RETURN_IF_ERROR(impl_->Get({}, key, &value));
  return std::string(value.view());
}

std::unique_ptr<Iterator> DB::NewIterator(const ReadOptions& options) const {
  return std::make_unique<Iterator>(impl_->NewIterator(options));
}

std::unique_ptr<Snapshot> DB::GetSnapshot() const {
  return impl_->GetSnapshot();
}

absl::Status DB::Flush() { return impl_->Flush(); }
absl::Status DB::CompactRange(std::optional<std::string_view> begin,
                              std::optional<std::string_view> end) {
  return impl_->CompactRange(begin, end);
}
void DB::CancelCompactRange() { impl_->CancelCompactRange(); }
absl::Status DB::WaitForIdle() { return impl_->WaitForIdle(); }
absl::Status DB::SyncWal() { return impl_->SyncWal(); }
absl::StatusOr<VerifyProgress> DB::Verify(
    const VerifyOptions& options,
    absl::FunctionRef<void(const VerifyFinding&)> on_finding,
    absl::FunctionRef<void(const VerifyProgress&)> on_progress) const {
  return impl_->Verify(options, on_finding, on_progress);
}
Stats DB::GetStats() const { return impl_->GetStats(); }
absl::Status DB::background_error() const { return impl_->background_error(); }
absl::Status DB::Close() { return impl_->Close(); }

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) {
    end.pop_back();
  }
  if (!end.empty()) end.back() = static_cast<char>(end.back() + 1);
  return end;
}

}  // namespace lsmkv::engine
