#include "engine/src/table/value_builder.h"

#include "engine/src/util/status.h"

namespace lsmkv::engine {

ValueBuilder::ValueBuilder(uint64_t file_id, Compression compression,
                           WritableFile* file)
    : file_id_(file_id), output_(file, file_id, compression) {}

absl::Status ValueBuilder::Count(BlockHandle block) {
  block_bytes_.push_back(block.bytes + kBlockTrailerBytes);
  return output_.status();
}

absl::Status ValueBuilder::Add(const ValueRecord& record) {
  EncodeValueRecord(record, &record_);
  return Count(output_.WriteBlock(record_, /*compress=*/true));
}

absl::Status ValueBuilder::AddStored(const StoredBlock& block) {
  return Count(output_.WriteStored(block));
}

absl::StatusOr<ValueSummary> ValueBuilder::Finish() {
  ValueFooter footer;
  footer.file_id = file_id_;
  footer.values = values();
  footer.index =
      output_.WriteBlock(EncodeValueIndex(block_bytes_), /*compress=*/false);
  output_.WriteRaw(EncodeValueFooter(footer));
  output_.Flush();
  LSMKV_RETURN_IF_ERROR(output_.status());
  return ValueSummary{output_.offset(), output_.Checksum(), values(),
                      footer.index.offset};
}

}  // namespace lsmkv::engine
