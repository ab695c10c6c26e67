#include "lsmkv/client/client.h"

#include <utility>

namespace lsmkv::client {

Client::Client(std::shared_ptr<Connection> connection, CallOptions options)
    : connection_(std::move(connection)), options_(std::move(options)) {}

absl::StatusOr<Value> Client::Get(std::string_view key,
                                  const CallOptions& options) const {
  return connection_->Get(key, MergeOptions(options, options_));
}

absl::StatusOr<std::vector<std::optional<Value>>> Client::BatchGet(
    const std::vector<std::string>& keys, const CallOptions& options) const {
  return connection_->BatchGet(keys, MergeOptions(options, options_));
}

ScanRange Client::Scan(const ScanOptions& scan,
                       const CallOptions& options) const {
  return connection_->Scan(scan, MergeOptions(options, options_));
}

absl::StatusOr<Page> Client::ScanPage(const ScanOptions& scan,
                                      const PageOptions& page,
                                      const CallOptions& options) const {
  return connection_->ScanPage(scan, page, MergeOptions(options, options_));
}

absl::StatusOr<uint64_t> Client::Put(std::string_view key,
                                     std::string_view value,
                                     const CallOptions& options) const {
  return connection_->Put(key, value, MergeOptions(options, options_));
}

absl::StatusOr<uint64_t> Client::Delete(std::string_view key,
                                        const CallOptions& options) const {
  return connection_->Delete(key, MergeOptions(options, options_));
}

absl::StatusOr<uint64_t> Client::DeleteRange(const KeyRange& range, bool all,
                                             const CallOptions& options) const {
  return connection_->DeleteRange(range, all, MergeOptions(options, options_));
}

absl::StatusOr<uint64_t> Client::BatchWrite(WriteBatch batch,
                                            const CallOptions& options) const {
  return connection_->BatchWrite(std::move(batch),
                                 MergeOptions(options, options_));
}

void Client::AsyncGet(std::string_view key, GetCallback done,
                      const CallOptions& options) const {
  connection_->AsyncGet(key, MergeOptions(options, options_), std::move(done));
}

void Client::AsyncPut(std::string_view key, std::string_view value,
                      WriteCallback done, const CallOptions& options) const {
  connection_->AsyncPut(key, value, MergeOptions(options, options_),
                        std::move(done));
}

void Client::AsyncWrite(WriteBatch batch, WriteCallback done,
                        const CallOptions& options) const {
  connection_->AsyncWrite(std::move(batch), MergeOptions(options, options_),
                          std::move(done));
}

absl::StatusOr<Stats> Client::GetStats(const CallOptions& options) const {
  return connection_->GetStats(MergeOptions(options, options_));
}

absl::StatusOr<Limits> Client::GetLimits(const CallOptions& options) const {
  return connection_->GetLimits(MergeOptions(options, options_));
}

absl::Status Client::Flush(const CallOptions& options) const {
  return connection_->Flush(MergeOptions(options, options_));
}

absl::Status Client::Compact(const KeyRange& range,
                             const CallOptions& options) const {
  return connection_->Compact(range, MergeOptions(options, options_));
}

absl::StatusOr<VerifyProgress> Client::Verify(
    const VerifyOptions& verify, const VerifyCallback& on_event,
    const CallOptions& options) const {
  return connection_->Verify(verify, on_event, MergeOptions(options, options_));
}

absl::StatusOr<HealthState> Client::Health(const CallOptions& options) const {
  return connection_->Health(MergeOptions(options, options_));
}

}  // namespace lsmkv::client
