#include "engine/src/version/value_scan.h"

#include <algorithm>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// A value not further on than this is part of the same scan.
constexpr uint64_t kGapMax = 16;
// What is read ahead at first, which doubles, and at last.
constexpr uint64_t kWindowBytesMin = 64 << 10;
constexpr uint64_t kWindowBytesMax = 1 << 20;

}  // namespace

void ValueScan::ReadAhead(const ValueRef& ref) {
  Run& run = runs_[ref.file];
  const bool goes_on = run.next_index > 0 && ref.index >= run.next_index &&
                       ref.index - run.next_index <= kGapMax;
  run.next_index = ref.index + 1;
  if (!goes_on) {
    run.window_bytes = 0;
    run.ahead_bytes = 0;
    return;
  }
  run.ahead_bytes -= std::min(run.ahead_bytes, ref.bytes);
  if (run.ahead_bytes > run.window_bytes / 2) return;
  run.window_bytes =
      std::clamp(run.window_bytes * 2, kWindowBytesMin, kWindowBytesMax);
  run.ahead_bytes = run.window_bytes;
  const auto it = version_->values().find(ref.file);
  if (it == version_->values().end()) return;
  it->second.file->reader->ReadAhead(ref, run.window_bytes);
}

absl::StatusOr<std::string_view> ValueScan::Load(const ValueRef& ref,
                                                 std::string_view user_key,
                                                 SequenceNumber sequence) {
  ReadAhead(ref);
  LSMKV_ASSIGN_OR_RETURN(
      loaded_, version_->LoadValue(ref, user_key, sequence,
                                   fill_cache_ ? ValueReader::Keep::kCold
                                               : ValueReader::Keep::kNo));
  return loaded_.value;
}

}  // namespace lsmkv::engine
