#include "lsmkv/engine/options.h"

#include <string>

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

class Problems {
 public:
  void CheckRange(std::string_view name, uint64_t value, uint64_t min,
                  uint64_t max) {
    if (value >= min && value <= max) return;
    Add(Concat(name, " is ", value, ", must be ", min, " to ", max));
  }
  void Add(std::string_view problem) {
    if (!text_.empty()) text_ += "; ";
    text_ += problem;
  }
  absl::Status ToStatus() const {
    return text_.empty() ? absl::OkStatus() : InvalidArgument(text_);
  }

 private:
  std::string text_;
};

}  // namespace

absl::Status Options::Validate() const {
  constexpr uint64_t kKiB = 1 << 10;
  constexpr uint64_t kMiB = 1 << 20;
  constexpr uint64_t kGiB = 1 << 30;
  // A negative number becomes a huge one, and is refused by the same check.
  const auto wide = [](int value) { return static_cast<uint64_t>(value); };
  Problems problems;
  problems.CheckRange("sync_interval_ms", sync_interval_ms, 1, 3'600'000);
  problems.CheckRange("key_bytes_max", key_bytes_max, 1, 64 * kKiB);
  problems.CheckRange("value_bytes_max", value_bytes_max, 1, kGiB);
  problems.CheckRange("memtable_bytes", memtable_bytes, 64 * kKiB, 4 * kGiB);
  problems.CheckRange("memtables_max", wide(memtables_max), 2, 16);
  problems.CheckRange("read_around_bytes", read_around_bytes, 0, 8 * kMiB);
  problems.CheckRange("block_bytes", block_bytes, 256, 4 * kMiB);
  problems.CheckRange("value_separation_bytes", value_separation_bytes, 0,
                      kGiB);
  problems.CheckRange("filter_bits_per_key", wide(filter_bits_per_key), 0, 40);
  problems.CheckRange("compression", static_cast<uint64_t>(compression), 0, 2);
  problems.CheckRange("compression_bottom",
                      static_cast<uint64_t>(compression_bottom), 0, 2);
  problems.CheckRange("compaction_style",
                      static_cast<uint64_t>(compaction_style), 0, 2);
  problems.CheckRange("durability", static_cast<uint64_t>(durability), 0, 2);
  if (!log_writes && durability != Durability::kOs) {
    problems.Add("durability must be kOs where log_writes is false");
  }
  problems.CheckRange("table_bytes", table_bytes, 64 * kKiB, 16 * kGiB);
  problems.CheckRange("level_base_bytes", level_base_bytes, 64 * kKiB,
                      kGiB * kKiB);
  problems.CheckRange("level_multiplier", wide(level_multiplier), 2, 100);
  problems.CheckRange("l0_trigger", wide(l0_trigger), 2, 1000);
  problems.CheckRange("idle_compaction_ms", idle_compaction_ms, 0, 3'600'000);
  problems.CheckRange("compaction_threads", wide(compaction_threads), 1, 16);
  return problems.ToStatus();
}

}  // namespace lsmkv::engine
