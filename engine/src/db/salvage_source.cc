#include "engine/src/db/salvage_source.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/src/db/recovery.h"
#include "engine/src/format/file_names.h"
#include "engine/src/util/status.h"
#include "engine/src/version/current_file.h"

namespace lsmkv::engine {
namespace {

struct Found {
  std::set<uint64_t> tables;
  std::set<uint64_t> values;
  std::set<uint64_t> logs;
  std::set<uint64_t> manifests;
  bool current = false;
  std::vector<std::string> names;
};

absl::StatusOr<Found> ListStore(Env* env, const std::string& dir) {
  LSMKV_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                         env->ListDir(dir));
  Found found;
  found.names = names;
  for (const std::string& name : names) {
    const ParsedName parsed = ParseFileName(name);
    switch (parsed.kind) {
      case FileKind::kTable:
        found.tables.insert(parsed.number);
        break;
      case FileKind::kValues:
        found.values.insert(parsed.number);
        break;
      case FileKind::kWal:
        found.logs.insert(parsed.number);
        break;
      case FileKind::kManifest:
        found.manifests.insert(parsed.number);
        break;
      case FileKind::kCurrent:
        found.current = true;
        break;
      default:
        break;
    }
  }
  if (found.tables.empty() && found.values.empty() && found.logs.empty() &&
      found.manifests.empty() && !found.current) {
    return FailedPrecondition(dir, ": there is no store, nor any part of one");
  }
  return found;
}

// Notes the files that the MANIFEST names and that are not there. DATA_LOSS if
// a table that it never named is newer than one of them: the edit that put it
// in the place of the other is lost, and what the MANIFEST names is not all
// that is left. (A log that it does not name proves nothing: the next one is
// made ahead of its use.)
absl::Status CheckReplacements(const std::string& dir, const Found& found,
                               const VersionSet& versions,
                               std::vector<std::string>* absent) {
  std::set<uint64_t> named;
  std::optional<uint64_t> oldest;
  const auto name = [&](uint64_t number, const std::set<uint64_t>& there,
                        const std::string& path) {
    named.insert(number);
    if (there.count(number) != 0) return;
    absent->push_back(path);
    oldest = std::min(oldest.value_or(number), number);
  };
  for (const uint64_t number : versions.live_wals()) {
    name(number, found.logs, WalPath(dir, number));
  }
  const std::shared_ptr<const Version> version = versions.current();
  for (int n = 0; n < kLevels; ++n) {
    for (const FilePtr& file : version->level(n)) {
      name(file->number, found.tables, TablePath(dir, file->number));
    }
  }
  for (const auto& [number, use] : version->values()) {
    name(number, found.values, ValuePath(dir, number));
  }
  if (!oldest) return absl::OkStatus();
  const VersionSet::Recovered& recovered = versions.recovered();
  for (const uint64_t number : found.tables) {
    if (number < *oldest || named.count(number) != 0 ||
        recovered.removed_tables.count(number) != 0) {
      continue;
    }
    return DataLoss(ManifestPath(dir, versions.manifest_number()),
                    recovered.end_offset, "it names ", absent->front(),
                    ", which is missing, and not ", TablePath(dir, number),
                    ", which is newer: an edit is lost");
  }
  return absl::OkStatus();
}

void TakeVersion(const std::string& dir, const Found& found,
                 const VersionSet& versions, SalvageSource* source) {
  source->manifest_number = versions.manifest_number();
  source->flushed_sequence = versions.flushed_sequence();
  const std::shared_ptr<const Version> version = versions.current();
  std::set<uint64_t> live;
  for (int n = 0; n < kLevels; ++n) {
    for (const FilePtr& file : version->level(n)) {
      source->tables.push_back({file->number, file});
      live.insert(file->number);
    }
  }
  for (const auto& [number, use] : version->values()) {
    source->values.push_back({number, use.file});
  }
  const std::set<uint64_t> logs = versions.live_wals();
  const std::map<uint64_t, WalFacts> facts = versions.wal_facts();
  for (const uint64_t number : logs) {
    const auto it = facts.find(number);
    source->logs.push_back(it != facts.end() ? it->second
                                             : WalFacts{number, 0, 0});
  }
  for (const uint64_t number : found.tables) {
    if (live.count(number) == 0) {
      source->unused.push_back(TablePath(dir, number));
    }
  }
  for (const uint64_t number : found.values) {
    if (version->values().count(number) == 0) {
      source->unused.push_back(ValuePath(dir, number));
    }
  }
  for (const uint64_t number : found.logs) {
    if (logs.count(number) == 0) {
      source->unused.push_back(WalPath(dir, number));
    }
  }
}

void TakeEverything(const Found& found, SalvageSource* source) {
  for (const uint64_t number : found.tables) {
    source->tables.push_back({number, nullptr});
  }
  for (const uint64_t number : found.values) {
    source->values.push_back({number, nullptr});
  }
  for (const uint64_t number : found.logs) {
    source->logs.push_back({number, 0, 0});
  }
}

}  // namespace

absl::StatusOr<SalvageSource> FindSalvageSource(Env* env,
                                                const std::string& dir) {
  LSMKV_ASSIGN_OR_RETURN(const Found found, ListStore(env, dir));
  SalvageSource source;
  const auto current = ReadCurrent(env, dir);
  source.current = current.status();
  uint64_t number = 0;
  if (current.ok()) {
    number = *current;
  } else if (!found.manifests.empty()) {
    // One that CURRENT did not name yet describes the same data.
    number = *found.manifests.rbegin();
  }
  if (number == 0) {
    source.manifest = current.status();
  } else {
    TableCounters counters;
    VersionSet versions(env, dir, nullptr, &counters);
    source.manifest = versions.ReadManifest(number);
    if (source.manifest.ok()) {
      // Cut where an edit ends it looks whole; logs and tables know better.
      Options options;
      const absl::Status whole =
          CheckManifestIsWhole({env, dir, &options, &versions}, found.names);
      if (absl::IsDataLoss(whole)) source.manifest = whole;
      const absl::Status replaced =
          CheckReplacements(dir, found, versions, &source.absent);
      if (source.manifest.ok()) source.manifest = replaced;
    }
    if (source.manifest.ok()) TakeVersion(dir, found, versions, &source);
  }
  if (!source.manifest.ok()) TakeEverything(found, &source);
  return source;
}

}  // namespace lsmkv::engine
