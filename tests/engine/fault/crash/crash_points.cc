#include "tests/engine/fault/crash/crash_points.h"

#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

using M = const Moment&;

// Leaves a part of what was appended.
bool Tears(CrashMode mode) {
  return mode == CrashMode::kKeepPrefix || mode == CrashMode::kTornPages ||
         mode == CrashMode::kTornSectors || mode == CrashMode::kAnyPages;
}

// May keep a later write and lose an earlier one.
bool Reorders(CrashMode mode) {
  return mode == CrashMode::kTornPages || mode == CrashMode::kAnyPages ||
         mode == CrashMode::kAnyNames || mode == CrashMode::kTornSectors;
}

bool Before(M m, SimOp op, FileKind file) {
  return m.before && m.op == op && m.file == file;
}

bool After(M m, SimOp op, FileKind file) {
  return !m.before && m.op == op && m.file == file;
}

// The sync of the directory after a file of this kind.
bool Named(M m, FileKind file) {
  return !m.before && m.op == kSimSyncDir && m.last_file == file;
}

// Half of it, or all, is on its way to the disk.
bool Writing(M m, FileKind file) {
  return After(m, kSimAppend, file) || Before(m, kSimSync, file);
}

bool Creates(M m) { return m.phase == Phase::kCreate; }
bool Runs(M m) { return m.phase == Phase::kRun; }
bool Closes(M m) { return m.phase == Phase::kClose; }
bool Recovers(M m) { return m.phase == Phase::kRecover; }
bool Flushes(M m) { return Runs(m) && m.job == Job::kFlush; }
bool Compacts(M m) { return Runs(m) && m.job == Job::kCompaction; }
bool AppendsBatches(M m) {
  return Runs(m) && After(m, kSimAppend, FileKind::kWal) && m.records > 0 &&
         !m.seal;
}

// A log has bytes that no sync has covered, and so has one that follows it.
bool TwoLogsUnsynced(M m) {
  if (m.tree == nullptr) return false;
  const SimNodeRef dir = m.tree->dir.Find("db");
  if (dir == nullptr) return false;
  int unsynced = 0;
  for (const auto& [name, node] : dir->dir.entries()) {
    if (ParseFileName(name).kind != FileKind::kWal) continue;
    if (node->file.dirty_pages() > 0) ++unsynced;
  }
  return unsynced > 1;
}

constexpr auto kWal = FileKind::kWal;
constexpr auto kTable = FileKind::kTable;
constexpr auto kManifest = FileKind::kManifest;
constexpr auto kCurrent = FileKind::kCurrent;
constexpr auto kTemp = FileKind::kCurrentTemp;

std::vector<CrashPoint> CreationPoints() {
  return {
      {"C1", "the directory is made",
       [](M m, CrashMode) {
         return Creates(m) && !m.before && m.op == kSimCreateDir;
       }},
      {"C2", "its parent is synced",
       [](M m, CrashMode) {
         return Creates(m) && !m.before && m.op == kSimSyncDir && m.path == "/";
       }},
      {"C3", "LOCK is made",
       [](M m, CrashMode) {
         return Creates(m) && After(m, kSimLock, FileKind::kLock);
       }},
      {"C4", "the MANIFEST is empty",
       [](M m, CrashMode) {
         return Creates(m) && After(m, kSimCreate, kManifest);
       }},
      {"C5", "the MANIFEST is there in part",
       [](M m, CrashMode mode) {
         return Creates(m) && Writing(m, kManifest) && Tears(mode);
       }},
      {"C6", "the MANIFEST is synced",
       [](M m, CrashMode) {
         return Creates(m) && After(m, kSimSync, kManifest);
       }},
      {"C7", "CURRENT.tmp is written",
       [](M m, CrashMode) { return Creates(m) && Writing(m, kTemp); }},
      {"C8", "CURRENT.tmp is synced",
       [](M m, CrashMode) { return Creates(m) && After(m, kSimSync, kTemp); }},
      {"C9", "CURRENT is renamed, its directory not synced",
       [](M m, CrashMode) {
         return Creates(m) && After(m, kSimRename, kCurrent);
       }},
  };
}

std::vector<CrashPoint> WritePoints() {
  return {
      {"W1", "before the append to the log",
       [](M m, CrashMode) { return Runs(m) && Before(m, kSimAppend, kWal); }},
      {"W2", "inside a record",
       [](M m, CrashMode mode) { return AppendsBatches(m) && Tears(mode); }},
      {"W3", "appended, not synced",
       [](M m, CrashMode) { return AppendsBatches(m); }},
      {"W4", "inside the sync",
       [](M m, CrashMode) { return Runs(m) && Before(m, kSimSync, kWal); }},
      {"W5", "synced, not in the memtable",
       [](M m, CrashMode) { return Runs(m) && After(m, kSimSync, kWal); }},
      {"W6", "in the memtable, not acknowledged",
       [](M m, CrashMode) { return m.note == "in the memtable"; }},
      {"W7", "acknowledged",
       [](M m, CrashMode) { return m.note == "acknowledged"; }},
      {"W8", "between the batches of a commit group",
       [](M m, CrashMode mode) {
         return AppendsBatches(m) && m.records > 1 && Tears(mode);
       }},
      {"W9", "only middle pages of a batch",
       [](M m, CrashMode mode) {
         return AppendsBatches(m) && m.bytes > 3 * kSimPageBytes &&
                mode == CrashMode::kAnyPages;
       }},
      {"R1", "the next log is made",
       [](M m, CrashMode) { return Runs(m) && After(m, kSimCreate, kWal); }},
      {"R2", "its name is durable",
       [](M m, CrashMode) { return Runs(m) && Named(m, kWal); }},
      {"R3", "the old log is not synced, the new one may be",
       [](M m, CrashMode mode) {
         return Reorders(mode) && TwoLogsUnsynced(m);
       }},
      {"R4", "the old log is sealed",
       [](M m, CrashMode) {
         return Runs(m) && After(m, kSimAppend, kWal) && m.seal;
       }},
  };
}

std::vector<CrashPoint> FlushPoints() {
  return {
      {"F1", "the table is made",
       [](M m, CrashMode) {
         return Flushes(m) && After(m, kSimCreate, kTable);
       }},
      {"F2", "half of the table",
       [](M m, CrashMode mode) {
         return Flushes(m) && Writing(m, kTable) && Tears(mode);
       }},
      {"F3", "its footer is written",
       [](M m, CrashMode) {
         return Flushes(m) && Before(m, kSimSync, kTable);
       }},
      {"F4", "the table is synced",
       [](M m, CrashMode) { return Flushes(m) && After(m, kSimSync, kTable); }},
      {"F6", "its name is durable",
       [](M m, CrashMode) { return Flushes(m) && Named(m, kTable); }},
      {"F7", "half of the edit",
       [](M m, CrashMode mode) {
         return Flushes(m) && Writing(m, kManifest) && Tears(mode);
       }},
      {"F8", "the edit is written",
       [](M m, CrashMode) {
         return Flushes(m) && Before(m, kSimSync, kManifest);
       }},
      {"F9", "the sync of the edit failed",
       [](M m, CrashMode) { return m.note == "the sync of the edit failed"; }},
      {"F10", "the edit is synced, not yet in memory",
       [](M m, CrashMode) {
         return Flushes(m) && After(m, kSimSync, kManifest);
       }},
      {"F11", "the log is removed",
       [](M m, CrashMode) { return Runs(m) && After(m, kSimRemove, kWal); }},
  };
}

std::vector<CrashPoint> CompactionPoints() {
  return {
      {"K1", "some tables are done",
       [](M m, CrashMode) {
         return Compacts(m) && After(m, kSimCreate, kTable) &&
                m.last_file == kTable && m.last_op == kSimSync;
       }},
      {"K2", "all tables are done",
       [](M m, CrashMode) { return Compacts(m) && Named(m, kTable); }},
      {"K3", "half of the edit",
       [](M m, CrashMode mode) {
         return Compacts(m) && Writing(m, kManifest) && Tears(mode);
       }},
      {"K4", "the edit is durable",
       [](M m, CrashMode) {
         return Compacts(m) && After(m, kSimSync, kManifest);
       }},
      {"K5", "inputs are half removed",
       [](M m, CrashMode) {
         return Runs(m) && After(m, kSimRemove, kTable) && !m.abandoned;
       }},
      {"K6", "a reader holds the inputs",
       [](M m, CrashMode) {
         return Compacts(m) && m.iterator_open && After(m, kSimSync, kManifest);
       }},
      {"K7", "cancelled", [](M m, CrashMode) { return m.abandoned; }},
  };
}

bool Rolls(M m) { return Runs(m) && (m.file != kManifest || m.new_manifest); }

std::vector<CrashPoint> ManifestPoints() {
  return {
      {"M1", "half of the state",
       [](M m, CrashMode mode) {
         return Rolls(m) && Writing(m, kManifest) && Tears(mode);
       }},
      {"M2", "the state is synced",
       [](M m, CrashMode) {
         return Rolls(m) && After(m, kSimSync, kManifest);
       }},
      {"M3", "CURRENT.tmp",
       [](M m, CrashMode) {
         return Runs(m) && (Writing(m, kTemp) || After(m, kSimSync, kTemp));
       }},
      {"M4", "CURRENT is renamed",
       [](M m, CrashMode) {
         return Runs(m) && After(m, kSimRename, kCurrent);
       }},
      {"M5", "its name is durable",
       [](M m, CrashMode) { return Runs(m) && Named(m, kCurrent); }},
      {"M6", "the old MANIFEST is removed",
       [](M m, CrashMode) {
         return Runs(m) && After(m, kSimRemove, kManifest);
       }},
  };
}

std::vector<CrashPoint> RecoveryPoints() {
  return {
      {"V1", "in the middle of the replay",
       [](M m, CrashMode) {
         return Recovers(m) && m.op == kSimRead && m.file == kWal;
       }},
      {"V2", "a flush inside recovery",
       [](M m, CrashMode) {
         return Recovers(m) && (Writing(m, kTable) || Named(m, kTable));
       }},
      {"V3", "the new MANIFEST",
       [](M m, CrashMode) {
         return Recovers(m) && m.file == kManifest && m.new_manifest;
       }},
      {"V4", "CURRENT changes",
       [](M m, CrashMode) {
         return Recovers(m) && m.op == kSimRename && m.file == kCurrent;
       }},
      {"V5", "obsolete files are removed",
       [](M m, CrashMode) { return Recovers(m) && m.op == kSimRemove; }},
      {"V6", "a tail was cut",
       [](M m, CrashMode) { return m.note == "a tail was cut"; }},
      {"S1", "no more writes",
       [](M m, CrashMode) { return m.note == "stopped"; }},
      {"S2", "before the last sync",
       [](M m, CrashMode) { return Closes(m) && Before(m, kSimSync, kWal); }},
      {"S3", "after the seal",
       [](M m, CrashMode) {
         return Closes(m) && After(m, kSimAppend, kWal) && m.seal;
       }},
  };
}

}  // namespace

const std::vector<CrashPoint>& CrashPoints() {
  static const auto* const points = [] {
    auto* all = new std::vector<CrashPoint>;
    for (const auto& group :
         {CreationPoints(), WritePoints(), FlushPoints(), CompactionPoints(),
          ManifestPoints(), RecoveryPoints()}) {
      all->insert(all->end(), group.begin(), group.end());
    }
    return all;
  }();
  return *points;
}

void CrashPointCounts::Count(const Moment& moment, CrashMode mode) {
  for (const CrashPoint& point : CrashPoints()) {
    if (point.is(moment, mode)) ++counts_[point.id];
  }
}

bool CrashPointCounts::ReachesNew(const Moment& moment, CrashMode mode) const {
  for (const CrashPoint& point : CrashPoints()) {
    if (counts_.count(point.id) == 0 && point.is(moment, mode)) return true;
  }
  return false;
}

std::vector<std::string> CrashPointCounts::Missing() const {
  std::vector<std::string> missing;
  for (const CrashPoint& point : CrashPoints()) {
    if (counts_.count(point.id) == 0) {
      missing.push_back(Concat(point.id, " (", point.what, ")"));
    }
  }
  return missing;
}

std::string CrashPointCounts::ToString() const {
  std::string out;
  for (const CrashPoint& point : CrashPoints()) {
    const auto it = counts_.find(point.id);
    out += Concat(point.id, "=", it == counts_.end() ? 0 : it->second, " ");
  }
  return out;
}

}  // namespace lsmkv::engine
