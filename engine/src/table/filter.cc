#include "engine/src/table/filter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/src/util/coding.h"
#include "engine/src/util/deliberate_bug.h"

namespace lsmkv::engine {

using filter_internal::kLineBits;
using filter_internal::kProbesMax;
using filter_internal::Line;
using filter_internal::LineOf;
using filter_internal::Probes;

namespace {
// After the lines: how many there are (4), probes per key (1).
constexpr size_t kFilterTailBytes = 5;
}  // namespace

std::string BuildFilter(const std::vector<uint64_t>& hashes, int bits_per_key) {
  const uint64_t bits = std::max<uint64_t>(
      1, hashes.size() * static_cast<uint64_t>(bits_per_key));
  const auto lines = static_cast<uint32_t>(
      std::min<uint64_t>(UINT32_MAX, (bits + kLineBits - 1) / kLineBits));
  // Somewhat below the optimum for a plain Bloom filter, ln 2 bits per key:
  // lines fill unevenly, and full ones suffer from every further bit.
  const int probes =
      std::clamp(static_cast<int>(bits_per_key * 0.64), 1, kProbesMax);
  std::vector<Line> table(lines);
  for (const uint64_t hash : hashes) {
    if (hash % 64 == 0 && LSMKV_BUG("filter_forgets_keys")) continue;
    Line& line = table[LineOf(hash, lines)];
    Probes sequence(hash);
    for (int i = 0; i < probes; ++i) {
      const uint32_t bit = sequence.Next();
      line.words[bit >> 6] |= uint64_t{1} << (bit & 63);
    }
  }
  std::string out(reinterpret_cast<const char*>(table.data()),
                  table.size() * sizeof(Line));
  PutFixed32(&out, lines);
  out.push_back(static_cast<char>(probes));
  return out;
}

bool Filter::Parse(MetaBlock block) {
  const std::string_view contents = block.contents();
  if (contents.size() < kFilterTailBytes) return false;
  const size_t bytes = contents.size() - kFilterTailBytes;
  const uint32_t lines = DecodeFixed32(contents.data() + bytes);
  const int probes = static_cast<unsigned char>(contents.back());
  if (lines == 0 || bytes != uint64_t{lines} * sizeof(Line)) return false;
  if (probes < 1 || probes > kProbesMax) return false;
  block_ = std::move(block);
  lines_ = lines;
  probes_ = probes;
  return true;
}

}  // namespace lsmkv::engine
