#include "engine/src/table/block_builder.h"

#include <algorithm>
#include <bit>

#include "engine/src/table/data_block.h"
#include "engine/src/table/key_search.h"
#include "engine/src/util/key_prefix.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// Lengths, a usual trailer, tag, offset and the record's part of a group.
constexpr size_t kEntryOverheadBytes = 9;
// Sharing fewer bytes than this is not worth what it costs lookups: to check a
// shared key they must read the first entry of the group too.
constexpr size_t kSharedBytesMin = 6;
constexpr size_t kPrefixBytesMax = UINT16_MAX;

}  // namespace

std::string_view BlockBuilder::KeyOf(size_t i) const {
  const size_t begin = i == 0 ? 0 : records_[i - 1].key_end;
  return std::string_view(keys_).substr(begin, records_[i].key_end - begin);
}

std::string_view BlockBuilder::ValueOf(size_t i) const {
  const size_t begin = i == 0 ? 0 : records_[i - 1].value_end;
  return std::string_view(values_).substr(begin, records_[i].value_end - begin);
}

void BlockBuilder::Add(std::string_view user_key, uint64_t trailer,
                       std::string_view value, uint8_t tag) {
  size_t shared = 0;
  if (!records_.empty()) {
    const size_t head = records_.size() - records_.size() % kBlockGroupEntries;
    // The first key of a group shares what the whole block does.
    shared = CommonPrefix(KeyOf(head == records_.size() ? 0 : head), user_key);
  }
  keys_.append(user_key);
  values_.append(value);
  records_.push_back({keys_.size(), values_.size(),
                      static_cast<uint32_t>(shared), trailer, tag});
  shared_bytes_ += shared;
}

size_t BlockBuilder::EstimatedBytes() const {
  return kDataBlockHeaderBytes + keys_.size() - shared_bytes_ + values_.size() +
         records_.size() * kEntryOverheadBytes;
}

size_t BlockBuilder::EstimatedBytesWith(std::string_view user_key,
                                        std::string_view value) const {
  // The new key will share about as much as those before it.
  const size_t shared =
      records_.empty()
          ? 0
          : std::min(user_key.size(), shared_bytes_ / records_.size());
  return EstimatedBytes() + user_key.size() - shared + value.size() +
         kEntryOverheadBytes;
}

void BlockBuilder::AppendEntry(size_t i, size_t prefix_bytes,
                               uint64_t base_sequence, size_t trailer_bytes) {
  const Record& record = records_[i];
  const std::string_view rest = KeyOf(i).substr(prefix_bytes);
  size_t shared = 0;
  if (i % kBlockGroupEntries != 0 &&
      record.shared_bytes >= prefix_bytes + kSharedBytesMin) {
    shared = record.shared_bytes - prefix_bytes;
  }
  offsets_.push_back(static_cast<uint32_t>(entries_.size()));
  PutVarint32(&entries_, static_cast<uint32_t>(shared));
  PutVarint32(&entries_, static_cast<uint32_t>(rest.size() - shared));
  const uint64_t packed = (TrailerSequence(record.trailer) - base_sequence)
                              << kEntryTypeBits |
                          static_cast<uint64_t>(TrailerType(record.trailer));
  char buf[sizeof(packed)];
  EncodeFixed64(buf, packed);
  entries_.append(buf, trailer_bytes);
  entries_.append(rest.substr(shared));
  entries_.append(ValueOf(i));
}

std::string_view BlockBuilder::Finish() {
  LSMKV_CHECK(!empty());
  const size_t n = records_.size();
  const size_t prefix_bytes =
      std::min(CommonPrefix(KeyOf(0), KeyOf(n - 1)), kPrefixBytesMax);
  SequenceNumber oldest = kSequenceMax;
  SequenceNumber newest = 0;
  for (const Record& record : records_) {
    oldest = std::min(oldest, TrailerSequence(record.trailer));
    newest = std::max(newest, TrailerSequence(record.trailer));
  }
  const uint64_t packed_max =
      (newest - oldest) << kEntryTypeBits | ((1U << kEntryTypeBits) - 1);
  const size_t trailer_bytes =
      (static_cast<size_t>(std::bit_width(packed_max)) + 7) / 8;
  entries_.clear();
  offsets_.clear();
  for (size_t i = 0; i < n; ++i) {
    AppendEntry(i, prefix_bytes, oldest, trailer_bytes);
  }

  const size_t groups = (n + kBlockGroupEntries - 1) / kBlockGroupEntries;
  const size_t before_offsets = kDataBlockHeaderBytes + prefix_bytes + n;
  const size_t after_offsets = groups * sizeof(uint64_t);
  const bool narrow =
      before_offsets + n * sizeof(uint16_t) + after_offsets + offsets_.back() <=
      UINT16_MAX;
  const size_t offset_bytes = narrow ? sizeof(uint16_t) : sizeof(uint32_t);
  const auto entries_at =
      static_cast<uint32_t>(before_offsets + n * offset_bytes + after_offsets);

  out_.clear();
  PutFixed32(&out_, static_cast<uint32_t>(n));
  out_.push_back(static_cast<char>(prefix_bytes & 0xff));
  out_.push_back(static_cast<char>(prefix_bytes >> 8));
  out_.push_back(static_cast<char>(offset_bytes));
  out_.push_back(static_cast<char>(trailer_bytes));
  PutFixed64(&out_, oldest);
  out_.append(KeyOf(0).substr(0, prefix_bytes));
  for (const Record& record : records_) {
    out_.push_back(static_cast<char>(record.tag));
  }
  for (const uint32_t offset : offsets_) {
    char buf[sizeof(uint32_t)];
    EncodeFixed32(buf, offset + entries_at);
    out_.append(buf, offset_bytes);
  }
  for (size_t i = 0; i < n; i += kBlockGroupEntries) {
    PutFixed64(&out_, KeyPrefix(KeyOf(i).substr(prefix_bytes)));
  }
  out_.append(entries_);

  keys_.clear();
  values_.clear();
  records_.clear();
  shared_bytes_ = 0;
  return out_;
}

}  // namespace lsmkv::engine
