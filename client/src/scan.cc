#include "lsmkv/client/scan.h"

namespace lsmkv::client {
namespace {

class FixedSource : public RecordSource {
 public:
  FixedSource(std::vector<Record> records, absl::Status status)
      : records_(std::move(records)), status_(std::move(status)) {}

  absl::StatusOr<std::optional<Record>> Next() override {
    if (next_ < records_.size()) return std::move(records_[next_++]);
    if (!status_.ok()) return status_;
    return std::nullopt;
  }

 private:
  std::vector<Record> records_;
  size_t next_ = 0;
  absl::Status status_;
};

}  // namespace

void ScanRange::Advance() {
  current_.reset();
  if (source_ == nullptr) return;
  absl::StatusOr<std::optional<Record>> next = source_->Next();
  snapshot_version_ = source_->snapshot_version();
  if (!next.ok()) {
    current_.emplace(next.status());
    source_.reset();
  } else if (next->has_value()) {
    current_.emplace(*std::move(*next));
  } else {
    source_.reset();
  }
}

ScanRange::Iterator ScanRange::begin() {
  if (!current_.has_value()) Advance();
  return current_.has_value() ? Iterator(this) : Iterator();
}

ScanRange::Iterator ScanRange::end() { return Iterator(); }

ScanRange::Iterator& ScanRange::Iterator::operator++() {
  range_->Advance();
  if (!range_->current_.has_value()) range_ = nullptr;
  return *this;
}

ScanRange MakeScanRange(std::vector<Record> records, absl::Status status) {
  return ScanRange(
      std::make_unique<FixedSource>(std::move(records), std::move(status)));
}

}  // namespace lsmkv::client
