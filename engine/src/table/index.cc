#include "engine/src/table/index.h"

#include <utility>

#include "engine/src/table/key_search.h"
#include "engine/src/table/table_format.h"
#include "engine/src/util/coding.h"
#include "engine/src/util/key_prefix.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// An entry's trailer is one of two that say "after every version of the
// separator" and "before every version", or it is stored.
constexpr uint64_t kTrailerAfterAll = 0;
enum TrailerCode : uint64_t { kAfterAll = 0, kBeforeAll = 1, kStored = 2 };

// Lengths of entry and separator, about.
constexpr size_t kEntryOverheadBytes = 4;

}  // namespace

std::string_view IndexBuilder::KeyOf(size_t i) const {
  const size_t begin = i == 0 ? 0 : entries_[i - 1].key_end;
  return std::string_view(keys_).substr(begin, entries_[i].key_end - begin);
}

void IndexBuilder::AddBlock(uint64_t block_bytes, std::string_view last,
                            std::string_view next) {
  const std::string_view user_key = UserKey(last);
  uint64_t trailer = kTrailerAfterAll;
  if (next.empty()) {
    keys_.append(user_key);
  } else if (UserKey(next) == user_key) {
    // Versions of one key go on in the next block.
    trailer = Trailer(last);
    keys_.append(user_key);
  } else {
    // The shortest prefix of the next key that is after the last one, before
    // all of its own versions.
    const size_t common = CommonPrefix(user_key, UserKey(next));
    keys_.append(UserKey(next).substr(0, common + 1));
    trailer = kRangeEndTrailer;
  }
  entries_.push_back({block_bytes, keys_.size(), trailer});
}

size_t IndexBuilder::EstimatedBytes() const {
  return keys_.size() + entries_.size() * kEntryOverheadBytes;
}

std::string IndexBuilder::Finish() const {
  const size_t n = entries_.size();
  const size_t common = n == 0 ? 0 : CommonPrefix(KeyOf(0), KeyOf(n - 1));
  std::string out;
  PutVarint64(&out, n);
  PutLengthPrefixed(&out, n == 0 ? "" : KeyOf(0).substr(0, common));
  for (size_t i = 0; i < n; ++i) {
    const Entry& entry = entries_[i];
    uint64_t code = kStored;
    if (entry.trailer == kTrailerAfterAll) code = kAfterAll;
    if (entry.trailer == kRangeEndTrailer) code = kBeforeAll;
    const std::string_view rest = KeyOf(i).substr(common);
    PutVarint64(&out, entry.block_bytes);
    PutVarint64(&out, rest.size() << 2 | code);
    out.append(rest);
    if (code == kStored) PutFixed64(&out, entry.trailer);
  }
  return out;
}

bool TableIndex::GetSeparator(Decoder* in, SeparatorRest* separator) {
  uint64_t coded_length;
  if (!in->GetVarint64(&coded_length) ||
      !in->GetBytes(static_cast<size_t>(coded_length >> 2), &separator->key)) {
    return false;
  }
  switch (coded_length & 3) {
    case kAfterAll:
      separator->trailer = kTrailerAfterAll;
      return true;
    case kBeforeAll:
      separator->trailer = kRangeEndTrailer;
      return true;
    case kStored:
      return in->GetFixed64(&separator->trailer);
    default:
      return false;
  }
}

bool TableIndex::Parse(MetaBlock block) {
  block_ = std::move(block);
  const std::string_view contents = block_.contents();
  Decoder in(contents);
  uint64_t n;
  if (!in.GetVarint64(&n) || !in.GetLengthPrefixed(&common_)) return false;
  // An entry takes two bytes at least.
  if (n > in.rest().size() / 2 || contents.size() > UINT32_MAX) return false;
  prefixes_.Reserve(n);
  separator_starts_.reserve(n);
  offsets_.reserve(n + 1);
  offsets_.push_back(0);
  for (uint64_t i = 0; i < n; ++i) {
    uint64_t block_bytes;
    if (!in.GetVarint64(&block_bytes) || block_bytes <= kBlockTrailerBytes ||
        block_bytes > UINT64_MAX - offsets_.back()) {
      return false;
    }
    const size_t start = contents.size() - in.rest().size();
    SeparatorRest separator;
    if (!GetSeparator(&in, &separator) ||
        !prefixes_.Add(KeyPrefix(separator.key))) {
      return false;
    }
    separator_starts_.push_back(static_cast<uint32_t>(start));
    offsets_.push_back(offsets_.back() + block_bytes);
  }
  return in.empty();
}

uint32_t TableIndex::FindAmongTies(uint32_t first, uint64_t prefix,
                                   std::string_view rest,
                                   uint64_t trailer) const {
  uint32_t last = size();
  if (prefix != UINT64_MAX) {
    last = static_cast<uint32_t>(prefixes_.CountLess(prefix + 1));
  }
  while (first < last) {
    const uint32_t middle = first + (last - first) / 2;
    const SeparatorRest separator = Rest(middle);
    if (CompareInternal(separator.key, separator.trailer, rest, trailer) < 0) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

uint32_t TableIndex::Find(std::string_view user_key, uint64_t trailer) const {
  if (!common_.empty()) {
    const int by_common = user_key.substr(0, common_.size()).compare(common_);
    if (by_common < 0) return 0;
    if (by_common > 0) return size();
    user_key.remove_prefix(common_.size());
  }
  const uint64_t prefix = KeyPrefix(user_key);
  const auto i = static_cast<uint32_t>(prefixes_.CountLess(prefix));
  if (i == size() || prefixes_[i] != prefix) [[likely]] {
    return i;
  }
  return FindAmongTies(i, prefix, user_key, trailer);
}

size_t TableIndex::memory_bytes() const {
  return prefixes_.memory_bytes() + offsets_.capacity() * sizeof(uint64_t) +
         separator_starts_.capacity() * sizeof(uint32_t) +
         block_.contents().size();
}

absl::StatusOr<TableIndex> ReadTableIndex(const TableFile& file,
                                          BlockHandle handle) {
  LSMKV_ASSIGN_OR_RETURN(MetaBlock block, ReadMetaBlock(file, handle));
  TableIndex index;
  if (!index.Parse(std::move(block)) ||
      index.block_offset(index.size()) > file.file_bytes) {
    return DataLoss(file.path, handle.offset, "malformed index");
  }
  return index;
}

}  // namespace lsmkv::engine
