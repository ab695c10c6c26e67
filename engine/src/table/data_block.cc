#include "engine/src/table/data_block.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "engine/src/table/block_memory.h"
#include "engine/src/table/key_search.h"
#include "engine/src/util/key_prefix.h"
#include "engine/src/util/status.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lsmkv::engine {
namespace {

// Above this many entries, searching costs less than scanning the tags.
constexpr uint32_t kTagScanEntriesMax = 512;
constexpr uint32_t kTagsPerStep = 16;
// What the allocator takes for itself, about.
constexpr size_t kAllocationOverheadBytes = 16;
// Blocks align themselves: glibc's aligned allocation asks for more than it
// keeps, so that a block that was freed is too small for the next one of its
// size. With values of 16 KiB and a cache of 256 MiB this takes 84 MiB less
// memory, and a tenth less time per read.
constexpr size_t kAlignmentBytes =
    alignof(DataBlock) - __STDCPP_DEFAULT_NEW_ALIGNMENT__;

size_t MemoryBytes(size_t contents_bytes) {
  return sizeof(DataBlock) + contents_bytes + DataBlock::kSlackBytes +
         kAlignmentBytes;
}

// One bit per tag, of the kTagsPerStep at `tags`, that equals `tag`. All of
// them are readable: what follows the tags is at least DataBlock::kSlackBytes.
uint32_t MatchTags(const char* tags, uint8_t tag) {
#if defined(__SSE2__)
  const __m128i have = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
  const __m128i want = _mm_set1_epi8(static_cast<char>(tag));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(have, want)));
#else
  uint32_t mask = 0;
  for (uint32_t i = 0; i < kTagsPerStep; ++i) {
    mask |= static_cast<uint32_t>(static_cast<uint8_t>(tags[i]) == tag) << i;
  }
  return mask;
#endif
}

// The two lengths at the start of an entry; returns what follows them.
// REQUIRES: Parse has checked them, or `limit` is the end of the entry.
inline const char* DecodeLengths(const char* p, const char* limit,
                                 uint32_t* shared, uint32_t* suffix) {
  *shared = static_cast<uint8_t>(p[0]);
  *suffix = static_cast<uint8_t>(p[1]);
  if ((*shared | *suffix) < 0x80) [[likely]] {
    return p + 2;
  }
  p = DecodeVarint32(p, limit, shared);
  return p == nullptr ? nullptr : DecodeVarint32(p, limit, suffix);
}

// The lowest `bytes` bytes of the integer at `p`.
inline uint64_t DecodeTrailerBytes(const char* p, uint32_t bytes) {
  return DecodeFixed64(p) & (~uint64_t{0} >> (64 - 8 * bytes));
}

}  // namespace

DataBlock* DataBlock::New(size_t contents_bytes) {
  LSMKV_CHECK(contents_bytes <= UINT32_MAX);
  char* const memory = TakeBlockMemory(MemoryBytes(contents_bytes));
  const auto past = reinterpret_cast<uintptr_t>(memory) % alignof(DataBlock);
  const size_t shift = past == 0 ? 0 : alignof(DataBlock) - past;
  auto* block =
      new (memory + shift) DataBlock(static_cast<uint32_t>(contents_bytes));
  block->shift_ = static_cast<uint8_t>(shift);
  std::memset(block->contents() + contents_bytes, 0, kSlackBytes);
  return block;
}

void DataBlock::Destroy(const DataBlock* block) {
  char* const memory =
      reinterpret_cast<char*>(const_cast<DataBlock*>(block)) - block->shift_;
  const size_t bytes = MemoryBytes(block->contents_bytes_);
  block->~DataBlock();
  GiveBlockMemory(memory, bytes);
}

size_t DataBlock::charge_bytes() const {
  return BlockMemoryBytes(MemoryBytes(contents_bytes_)) +
         kAllocationOverheadBytes;
}

bool DataBlock::ParseHeader() {
  if (contents_bytes_ < kDataBlockHeaderBytes) return false;
  count_ = DecodeFixed32(contents());
  prefix_bytes_ = static_cast<uint8_t>(contents()[4]) |
                  uint32_t{static_cast<uint8_t>(contents()[5])} << 8;
  offset_bytes_ = static_cast<uint8_t>(contents()[6]);
  trailer_bytes_ = static_cast<uint8_t>(contents()[7]);
  base_sequence_ = DecodeFixed64(contents() + 8);
  if (count_ == 0 || base_sequence_ > kSequenceMax) return false;
  if (offset_bytes_ != 2 && offset_bytes_ != 4) return false;
  if (trailer_bytes_ < 1 || trailer_bytes_ > 8) return false;
  const uint64_t groups =
      (uint64_t{count_} + kBlockGroupEntries - 1) / kBlockGroupEntries;
  const uint64_t fixed_bytes = kDataBlockHeaderBytes + prefix_bytes_ +
                               uint64_t{count_} * (1U + offset_bytes_) +
                               groups * sizeof(uint64_t);
  return fixed_bytes < contents_bytes_ && OffsetOf(0) == fixed_bytes;
}

bool DataBlock::ParseEntry(uint32_t i, uint32_t* head_suffix_bytes) {
  const uint64_t begin = OffsetOf(i);
  const uint64_t end = i + 1 < count_ ? OffsetOf(i + 1) : contents_bytes_;
  if (end > contents_bytes_ || begin + 2 > end) return false;
  const char* const limit = contents() + end;
  uint32_t shared;
  uint32_t suffix;
  const char* p = DecodeLengths(contents() + begin, limit, &shared, &suffix);
  if (p == nullptr) return false;
  const auto left = static_cast<uint64_t>(limit - p);
  if (left < uint64_t{trailer_bytes_} + suffix) return false;
  if (i % kBlockGroupEntries == 0) {
    if (shared != 0) return false;
    *head_suffix_bytes = suffix;
  } else if (shared > *head_suffix_bytes) {
    return false;
  }
  const uint64_t packed = DecodeTrailerBytes(p, trailer_bytes_);
  const uint64_t sequence = base_sequence_ + (packed >> kEntryTypeBits);
  if (sequence > kSequenceMax ||
      !IsKnownPointType(packed & ((1U << kEntryTypeBits) - 1))) {
    return false;
  }
  max_key_bytes_ = std::max(max_key_bytes_, prefix_bytes_ + shared + suffix);
  return true;
}

bool DataBlock::Parse() {
  if (!ParseHeader()) return false;
  uint32_t head_suffix_bytes = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    if (!ParseEntry(i, &head_suffix_bytes)) return false;
  }
  return true;
}

DataBlock::Entry DataBlock::Decode(uint32_t i) const {
  const char* const limit =
      contents() + (i + 1 < count_ ? OffsetOf(i + 1) : contents_bytes_);
  uint32_t shared;
  uint32_t suffix;
  const char* p =
      DecodeLengths(contents() + OffsetOf(i), limit, &shared, &suffix);
  const uint64_t packed = DecodeTrailerBytes(p, trailer_bytes_);
  p += trailer_bytes_;
  Entry entry;
  entry.trailer = (base_sequence_ + (packed >> kEntryTypeBits)) << 8 |
                  (packed & ((1U << kEntryTypeBits) - 1));
  entry.suffix = {p, suffix};
  entry.value = {p + suffix, static_cast<size_t>(limit - p) - suffix};
  if (shared != 0) {
    uint32_t head_shared;
    uint32_t head_suffix;
    const char* head =
        DecodeLengths(contents() + OffsetOf(i - i % kBlockGroupEntries),
                      contents() + contents_bytes_, &head_shared, &head_suffix);
    entry.shared = {head + trailer_bytes_, shared};
  }
  return entry;
}

int DataBlock::CompareEntry(uint32_t i, std::string_view rest,
                            uint64_t trailer) const {
  const Entry entry = Decode(i);
  if (!entry.shared.empty()) {
    const int by_shared =
        entry.shared.compare(rest.substr(0, entry.shared.size()));
    if (by_shared != 0) return by_shared;
    rest.remove_prefix(entry.shared.size());
  }
  return CompareInternal(entry.suffix, entry.trailer, rest, trailer);
}

uint32_t DataBlock::LowerBound(std::string_view user_key,
                               uint64_t trailer) const {
  const int by_prefix = user_key.substr(0, prefix_bytes_).compare(prefix());
  if (by_prefix < 0) return 0;
  if (by_prefix > 0) return count_;
  const std::string_view rest = user_key.substr(prefix_bytes_);
  const uint64_t want = KeyPrefix(rest);
  // The last group whose first key is before the target: the answer is in it,
  // or is the first entry of the next.
  uint32_t low = 0;
  uint32_t high = (count_ - 1) / kBlockGroupEntries + 1;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const uint64_t have =
        DecodeFixed64(groups() + size_t{middle} * sizeof(uint64_t));
    const bool before = have != want ? have < want
                                     : CompareEntry(middle * kBlockGroupEntries,
                                                    rest, trailer) < 0;
    if (before) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return 0;
  uint32_t first = (low - 1) * kBlockGroupEntries + 1;
  uint32_t last = std::min(low * kBlockGroupEntries, count_);
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2;
    if (CompareEntry(middle, rest, trailer) < 0) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

namespace {
inline bool SameKey(const DataBlock::Entry& entry, std::string_view rest) {
  const size_t shared = entry.shared.size();
  return rest.size() == shared + entry.suffix.size() &&
         rest.substr(shared) == entry.suffix &&
         rest.substr(0, shared) == entry.shared;
}
}  // namespace

bool DataBlock::FindVersion(uint32_t i, std::string_view rest,
                            SequenceNumber snapshot, Entry* entry) const {
  while (TrailerSequence(entry->trailer) > snapshot) {
    if (++i == count_) return false;
    *entry = Decode(i);
    if (!SameKey(*entry, rest)) return false;
  }
  return true;
}

bool DataBlock::FindBySearch(std::string_view user_key, SequenceNumber snapshot,
                             Entry* entry) const {
  const uint32_t i = LowerBound(user_key, SeekTrailer(snapshot));
  if (i == count_) return false;
  *entry = Decode(i);
  // LowerBound may stop before a key that differs in the common prefix.
  return user_key.substr(0, prefix_bytes_) == prefix() &&
         SameKey(*entry, user_key.substr(prefix_bytes_));
}

bool DataBlock::Find(std::string_view user_key, uint64_t hash,
                     SequenceNumber snapshot, Entry* entry) const {
  if (count_ > kTagScanEntriesMax) {
    return FindBySearch(user_key, snapshot, entry);
  }
  const uint8_t tag = HashTag(hash);
  for (uint32_t base = 0; base < count_; base += kTagsPerStep) {
    uint32_t mask = MatchTags(tags() + base, tag);
    if (count_ - base < kTagsPerStep) mask &= (1U << (count_ - base)) - 1;
    for (; mask != 0; mask &= mask - 1) {
      const uint32_t i = base + static_cast<uint32_t>(std::countr_zero(mask));
      *entry = Decode(i);
      if (user_key.size() < prefix_bytes_) return false;
      const std::string_view rest = user_key.substr(prefix_bytes_);
      if (!SameKey(*entry, rest)) continue;
      if (user_key.substr(0, prefix_bytes_) != prefix()) return false;
      return FindVersion(i, rest, snapshot, entry);
    }
  }
  return false;
}

}  // namespace lsmkv::engine
