#include "engine/src/compaction/compress_ahead.h"

#include <algorithm>

#include "engine/src/format/internal_key.h"
#include "engine/src/table/value_format.h"

namespace lsmkv::engine {
namespace {

// Values of this many bytes are in line at most; but at least two of them.
constexpr size_t kWaitingBytesMax = 512 << 10;
// So many entries have to wait for the helper to be started, or woken: waking
// it for each of them would cost the first thread what it is to be spared.
constexpr uint64_t kHelpedEntries = 8;

}  // namespace

CompressAhead::CompressAhead(Compression compression)
    : compression_(compression), compressor_(compression) {}

CompressAhead::~CompressAhead() {
  if (!helper_.running()) return;
  {
    MutexLock lock(&mu_);
    ended_ = true;
    work_.Signal();
  }
  helper_.Join();
}

bool CompressAhead::full() const {
  const uint64_t waiting = pushed_ - popped_;
  return waiting == kSlots ||
         (waiting >= 2 && waiting_bytes_ >= kWaitingBytesMax);
}

void CompressAhead::Push(std::string_view internal_key, std::string_view value,
                         bool to_value_file) {
  const size_t at = pushed_++ % kSlots;
  Slot& slot = slots_[at];
  slot.internal_key = internal_key;
  slot.value = value;
  slot.to_value_file = to_value_file;
  waiting_bytes_ += value.size();
  bool is_long = false;
  {
    MutexLock lock(&mu_);
    is_done_[at] = !to_value_file;
    offered_ = pushed_;
    is_long = offered_ - claimed_ >= kHelpedEntries;
    if (is_long) work_.Signal();
  }
  if (is_long && helper_wanted_) {
    helper_wanted_ = false;
    helper_.Start([this] { Help(); }).IgnoreError();  // it goes without, too
  }
}

CompressAhead::Entry CompressAhead::Front() {
  const size_t front = popped_ % kSlots;
  std::optional<size_t> mine;
  while (true) {
    {
      MutexLock lock(&mu_);
      if (mine) is_done_[*mine] = true;
      // What the helper has begun is not waited for while there is another.
      while (!is_done_[front] && !(mine = ClaimLocked())) done_.Wait(&mu_);
      if (is_done_[front]) break;
    }
    Compress(&compressor_, &slots_[*mine]);
  }
  const Slot& slot = slots_[front];
  Entry entry{slot.internal_key, slot.value, std::nullopt};
  if (slot.to_value_file) entry.block = slot.block;
  return entry;
}

void CompressAhead::Pop() {
  waiting_bytes_ -= slots_[popped_ % kSlots].value.size();
  ++popped_;
}

void CompressAhead::Help() {
  BlockCompressor compressor(compression_);
  std::optional<size_t> mine;
  while (true) {
    {
      MutexLock lock(&mu_);
      if (mine) {
        is_done_[*mine] = true;
        done_.Signal();
      }
      while (!ended_ && !(mine = ClaimLocked())) work_.Wait(&mu_);
      if (ended_) return;
    }
    Compress(&compressor, &slots_[*mine]);
  }
}

std::optional<size_t> CompressAhead::ClaimLocked() {
  // What was done when it came was not claimed, and its slot has another now.
  if (offered_ > kSlots) claimed_ = std::max(claimed_, offered_ - kSlots);
  while (claimed_ < offered_) {
    const size_t at = claimed_++ % kSlots;
    if (!is_done_[at]) return at;
  }
  return std::nullopt;
}

void CompressAhead::Compress(BlockCompressor* compressor, Slot* slot) {
  EncodeValueRecord({UserKey(slot->internal_key),
                     TrailerSequence(Trailer(slot->internal_key)), slot->value},
                    &slot->record);
  slot->block.compression = compressor->Compress(
      slot->record, &slot->compressed, &slot->block.contents);
}

}  // namespace lsmkv::engine
