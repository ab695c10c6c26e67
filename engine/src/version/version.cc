#include "engine/src/version/version.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/key_prefix.h"
#include "engine/src/util/status.h"
#include "engine/src/version/level_iterator.h"

namespace lsmkv::engine {
namespace {

// A number that two tables have in the version that `levels` and `added` make;
// nothing if every number is there once.
std::optional<uint64_t> NumberTwice(
    const std::array<Version::Level, kLevels>& levels,
    const std::vector<VersionEdit::Added>& added) {
  std::vector<uint64_t> numbers;
  numbers.reserve(added.size());
  for (const VersionEdit::Added& one : added) {
    numbers.push_back(one.file->number);
  }
  std::sort(numbers.begin(), numbers.end());
  const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
  if (twice != numbers.end()) return *twice;
  for (const Version::Level& files : levels) {
    for (const FilePtr& file : files) {
      if (std::binary_search(numbers.begin(), numbers.end(), file->number)) {
        return file->number;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Version>> Version::Apply(
    const VersionEdit& edit, std::string_view path) const {
  auto next = std::make_shared<Version>();
  next->levels_ = levels_;
  for (const VersionEdit::Removed& removed : edit.removed_files) {
    Level& files = next->levels_[static_cast<size_t>(removed.level)];
    const auto it = std::find_if(
        files.begin(), files.end(),
        [&](const FilePtr& file) { return file->number == removed.number; });
    if (it == files.end()) {
      return DataLoss(path, 0, "table ", removed.number,
                      " is removed but is not in level ", removed.level);
    }
    files.erase(it);
  }
  if (const auto twice = NumberTwice(next->levels_, edit.added_files)) {
    return DataLoss(path, 0, "table ", *twice, " is added but is there");
  }
  for (const VersionEdit::Added& added : edit.added_files) {
    next->levels_[static_cast<size_t>(added.level)].push_back(added.file);
  }
  std::sort(next->levels_[0].begin(), next->levels_[0].end(),
            [](const FilePtr& a, const FilePtr& b) {
              return a->largest_sequence != b->largest_sequence
                         ? a->largest_sequence > b->largest_sequence
                         : a->number > b->number;
            });
  for (size_t n = 1; n < kLevels; ++n) {
    Level& files = next->levels_[n];
    std::sort(files.begin(), files.end(),
              [](const FilePtr& a, const FilePtr& b) {
                return CompareInternal(a->smallest, b->smallest) < 0;
              });
    for (size_t i = 1; i < files.size(); ++i) {
      if (files[i]->Overlaps(files[i - 1]->smallest_user(),
                             files[i - 1]->largest_user()) &&
          !(files[i - 1]->largest_is_exclusive() &&
            files[i - 1]->largest_user() == files[i]->smallest_user())) {
        return DataLoss(path, 0, "tables ", files[i - 1]->number, " and ",
                        files[i]->number, " overlap in level ", n);
      }
    }
  }
  LSMKV_RETURN_IF_ERROR(next->ApplyShares(edit, *this, path));
  next->Finish();
  return std::shared_ptr<const Version>(std::move(next));
}

absl::Status Version::ApplyShares(const VersionEdit& edit,
                                  const Version& before,
                                  std::string_view path) {
  values_ = before.values_;
  for (const auto& values : edit.added_values) {
    if (!values_.try_emplace(values->number, ValueUse{values}).second) {
      return DataLoss(path, 0, "value file ", values->number,
                      " is added but is there");
    }
  }
  for (const VersionEdit::Removed& removed : edit.removed_files) {
    for (const FilePtr& file : before.level(removed.level)) {
      if (file->number != removed.number) continue;
      for (const ValueShare& share : file->shares) {
        const uint64_t times = LSMKV_BUG("dead_values_counted_twice") ? 2 : 1;
        values_[share.file].values -= times * share.values;
        values_[share.file].bytes -= times * share.bytes;
      }
    }
  }
  for (const VersionEdit::Added& added : edit.added_files) {
    const bool first = added.file->value_files.empty();  // it is no move
    for (const ValueShare& share : added.file->shares) {
      const auto it = values_.find(share.file);
      if (it == values_.end()) {
        return DataLoss(path, 0, "table ", added.file->number,
                        " refers to value file ", share.file,
                        ", which is not there");
      }
      ValueUse& use = it->second;
      if (share.values > use.file->values - use.values ||
          share.bytes > use.file->block_bytes - use.bytes) {
        return DataLoss(path, 0,
                        "tables refer to more than there is in value "
                        "file ",
                        share.file);
      }
      use.values += share.values;
      use.bytes += share.bytes;
      if (first) added.file->value_files.push_back(use.file);
    }
  }
  std::erase_if(values_,
                [](const auto& each) { return each.second.values == 0; });
  return absl::OkStatus();
}

void Version::Finish() {
  for (size_t n = 0; n < kLevels; ++n) {
    level_bytes_[n] = 0;
    largest_prefixes_[n].clear();
    for (const FilePtr& file : levels_[n]) {
      level_bytes_[n] += file->file_bytes;
      largest_prefixes_[n].push_back(KeyPrefix(file->largest_user()));
    }
  }
}

int Version::deepest_level() const {
  for (int n = kLevels - 1; n > 0; --n) {
    if (!level(n).empty()) return n;
  }
  return 0;
}

const FileMeta* Version::FindFile(size_t n, std::string_view user_key,
                                  uint64_t prefix) const {
  const Level& files = levels_[n];
  const std::vector<uint64_t>& prefixes = largest_prefixes_[n];
  // The first table whose largest key is not before the user key. Tables with
  // a smaller prefix are before it; among equal prefixes the keys decide.
  size_t i = static_cast<size_t>(
      std::lower_bound(prefixes.begin(), prefixes.end(), prefix) -
      prefixes.begin());
  size_t end = files.size();
  if (i < end && prefixes[i] == prefix) {
    end = static_cast<size_t>(
        std::upper_bound(prefixes.begin(), prefixes.end(), prefix) -
        prefixes.begin());
    i = static_cast<size_t>(
        std::partition_point(files.begin() + static_cast<ptrdiff_t>(i),
                             files.begin() + static_cast<ptrdiff_t>(end),
                             [&](const FilePtr& file) {
                               const int c =
                                   file->largest_user().compare(user_key);
                               return c < 0 ||
                                      (c == 0 && file->largest_is_exclusive());
                             }) -
        files.begin());
  }
  if (i == files.size() || user_key < files[i]->smallest_user()) return nullptr;
  return files[i].get();
}

absl::StatusOr<LoadedValue> Version::LoadValue(const ValueRef& ref,
                                               std::string_view user_key,
                                               SequenceNumber sequence,
                                               ValueReader::Keep keep) const {
  const auto it = values_.find(ref.file);
  if (it != values_.end()) {
    return it->second.file->reader->Load(ref, user_key, sequence, keep);
  }
  return MakeStatus(absl::StatusCode::kDataLoss,
                    "a table refers to value file ", ref.file,
                    ", which is not there");
}

absl::Status Version::Get(const PointLookup& lookup, SequenceNumber* covering,
                          PointResult* result, ValueSink* sink) const {
  // True if the search is over.
  auto search = [&](const FileMeta& file, absl::Status* status) {
    if (!file.reader->range_tombstones().empty()) {
      *covering = std::max(*covering, file.reader->range_tombstones().Covering(
                                          lookup.user_key, lookup.snapshot));
    }
    *status = file.reader->Get(lookup, result, sink);
    return !status->ok() || result->state != PointResult::State::kAbsent ||
           *covering != 0;
  };
  absl::Status status;
  for (const FilePtr& file : levels_[0]) {
    if (file->Overlaps(lookup.user_key, lookup.user_key) &&
        search(*file, &status)) {
      return status;
    }
  }
  const uint64_t prefix = KeyPrefix(lookup.user_key);
  for (size_t n = 1; n < kLevels; ++n) {
    if (levels_[n].empty()) continue;
    const FileMeta* file = FindFile(n, lookup.user_key, prefix);
    if (file != nullptr && search(*file, &status)) return status;
  }
  return absl::OkStatus();
}

void Version::AddIterators(
    bool fill_cache,
    std::vector<std::unique_ptr<InternalIterator>>* out) const {
  for (const FilePtr& file : levels_[0]) {
    out->push_back(file->reader->NewIterator(fill_cache));
  }
  for (size_t n = 1; n < kLevels; ++n) {
    if (!levels_[n].empty()) {
      out->push_back(NewLevelIterator(&levels_[n], fill_cache));
    }
  }
}

void Version::AddRangeTombstones(
    std::vector<const RangeTombstones*>* out) const {
  for (const Level& files : levels_) {
    for (const FilePtr& file : files) {
      if (file->range_tombstones > 0) {
        out->push_back(&file->reader->range_tombstones());
      }
    }
  }
}

std::vector<FilePtr> Version::Overlapping(int n, const std::string_view* begin,
                                          const std::string_view* end) const {
  std::vector<FilePtr> out;
  const Level& files = level(n);
  auto it = files.begin();
  if (n > 0 && begin != nullptr) {
    it = std::partition_point(it, files.end(), [&](const FilePtr& file) {
      return file->largest_user() < *begin;
    });
  }
  for (; it != files.end(); ++it) {
    const FilePtr& file = *it;
    if (n > 0 && end != nullptr && file->smallest_user() > *end) break;
    if (file->Overlaps(begin != nullptr ? *begin : file->smallest_user(),
                       end != nullptr ? *end : file->largest_user())) {
      out.push_back(file);
    }
  }
  return out;
}

bool Version::NothingBelow(int n, std::string_view begin,
                           std::string_view end) const {
  for (int below = n + 1; below < kLevels; ++below) {
    for (const FilePtr& file : level(below)) {
      if (file->Overlaps(begin, end)) return false;
    }
  }
  return true;
}

}  // namespace lsmkv::engine
