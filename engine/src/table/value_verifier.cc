#include "engine/src/table/value_verifier.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

class ValueVerifier {
 public:
  ValueVerifier(const ValueReader* values,
                std::unique_ptr<RandomAccessFile> file,
                absl::FunctionRef<void(TableFinding)> on_finding)
      : values_(values),
        file_{std::move(file), values->file().path, values->file().file_id,
              values->file().file_bytes},
        on_finding_(on_finding) {}

  absl::Status Run(uint64_t checksum);

 private:
  absl::StatusOr<std::string_view> Fetch(uint64_t offset, uint64_t end);
  void Report(uint64_t offset, const absl::Status& status);
  // Gives the finding that waits for it its upper bound.
  void EndFinding(std::string_view next_key);
  void CheckSize();
  void CheckBlock(uint64_t offset, std::string_view bytes);
  void CheckEnd(uint64_t offset, std::string_view bytes);

  const ValueReader* const values_;
  const TableFile file_;
  const absl::FunctionRef<void(TableFinding)> on_finding_;
  std::string buffer_;
  StreamingHash64 hash_;
  bool found_any_ = false;
  std::string last_key_;
  SequenceNumber last_sequence_ = 0;
  std::optional<TableFinding> waiting_;
};

absl::StatusOr<std::string_view> ValueVerifier::Fetch(uint64_t offset,
                                                      uint64_t end) {
  const auto n = static_cast<size_t>(end - offset);
  if (buffer_.size() < n) buffer_.resize(n);
  auto bytes = ReadExactly(file_, offset, n, buffer_.data());
  if (bytes.ok()) hash_.Update(*bytes);
  return bytes;
}

void ValueVerifier::Report(uint64_t offset, const absl::Status& status) {
  found_any_ = true;
  EndFinding("");
  waiting_ = TableFinding{offset, last_key_, "", status};
}

void ValueVerifier::EndFinding(std::string_view next_key) {
  if (!waiting_) return;
  waiting_->largest_key.assign(next_key);
  on_finding_(*std::move(waiting_));
  waiting_.reset();
}

void ValueVerifier::CheckSize() {
  uint64_t at;
  const absl::Status status = CheckFileSize(file_, &at);
  if (!status.ok()) Report(at, status);
}

void ValueVerifier::CheckBlock(uint64_t offset, std::string_view bytes) {
  const auto block = DecodeBlock(file_, offset, bytes);
  if (!block.ok()) return Report(offset, block.status());
  ValueRecord record;
  if (!ParseValueRecord(block->get()->bytes(), &record)) {
    return Report(offset, DataLoss(file_.path, offset, "malformed value"));
  }
  // Of one key the newest value is first.
  if (record.user_key < last_key_ ||
      (record.user_key == last_key_ && record.sequence >= last_sequence_)) {
    return Report(offset, DataLoss(file_.path, offset, "keys out of order"));
  }
  EndFinding(record.user_key);
  last_key_.assign(record.user_key);
  last_sequence_ = record.sequence;
}

void ValueVerifier::CheckEnd(uint64_t offset, std::string_view bytes) {
  const uint64_t footer_at = file_.file_bytes - kValueFooterBytes;
  const auto index = DecodeMetaBlock(
      file_, offset, bytes.substr(0, bytes.size() - kValueFooterBytes));
  if (!index.ok()) Report(offset, index.status());
  // A sound index is, by its checksum, the one in memory.
  const std::string_view footer =
      bytes.substr(bytes.size() - kValueFooterBytes);
  const absl::Status decoded =
      DecodeValueFooter(file_.path, file_.file_bytes, footer).status();
  if (!decoded.ok()) {
    Report(footer_at, decoded);
  } else if (footer != EncodeValueFooter(values_->footer())) {
    Report(footer_at, DataLoss(file_.path, footer_at,
                               "this is another file than the one opened"));
  }
}

absl::Status ValueVerifier::Run(uint64_t checksum) {
  CheckSize();
  for (uint64_t i = 0; i < values_->values(); ++i) {
    const uint64_t offset = values_->block_offset(i);
    const auto bytes = Fetch(offset, values_->block_offset(i + 1));
    if (absl::IsCancelled(bytes.status())) return bytes.status();
    if (bytes.ok()) {
      CheckBlock(offset, *bytes);
    } else {
      Report(offset, bytes.status());
    }
  }
  const uint64_t end = values_->block_offset(values_->values());
  const auto bytes = Fetch(end, file_.file_bytes);
  if (absl::IsCancelled(bytes.status())) return bytes.status();
  if (bytes.ok()) {
    CheckEnd(end, *bytes);
  } else {
    Report(end, bytes.status());
  }
  if (!found_any_ && hash_.Digest() != checksum) {
    Report(0, DataLoss(file_.path, 0,
                       "the checksum of the whole file is not what the "
                       "MANIFEST says"));
  }
  EndFinding("");
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyValues(const ValueReader& values,
                          std::unique_ptr<RandomAccessFile> file,
                          uint64_t checksum,
                          absl::FunctionRef<void(TableFinding)> on_finding) {
  return ValueVerifier(&values, std::move(file), on_finding).Run(checksum);
}

}  // namespace lsmkv::engine
