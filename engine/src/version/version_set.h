// VersionSet: the newest Version and the MANIFEST that makes it durable.
//
// Threads: LogAndApply may be called from any thread; calls are made one after
// another. Everything else may run beside it.
// Lock order: log_mu_ before mu_; the install callback of LogAndApply runs
// under log_mu_ and may take locks of its caller.

#ifndef LSMKV_ENGINE_SRC_VERSION_VERSION_SET_H_
#define LSMKV_ENGINE_SRC_VERSION_VERSION_SET_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/io/read_around.h"
#include "engine/src/table/block_cache.h"
#include "engine/src/table/table_counters.h"
#include "engine/src/version/version.h"
#include "engine/src/version/version_builder.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/log_writer.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

// A MANIFEST that has grown past this is replaced by one with just the state.
#if defined(LSMKV_TEST_HOOKS)
// Tests make it small. Relaxed: a number and nothing else.
inline std::atomic<uint64_t> manifest_bytes_max{16 << 20};
#else
inline constexpr uint64_t manifest_bytes_max = 16 << 20;
#endif

class VersionSet {
 public:
  // `env`, `cache` (may be null) and `counters` are borrowed. Tables are read
  // with windows of `read_around_bytes` (io/read_around.h).
  VersionSet(Env* env, std::string dir, BlockCache* cache,
             TableCounters* counters, size_t read_around_bytes = 0);

  // Reads the MANIFEST that CURRENT names, and opens every table: that it is
  // there and is the right one is checked, its index is read when it is first
  // used. NOT_FOUND if there is no store. Changes nothing on disk.
  absl::Status Recover();
  // The same without the tables: only what the MANIFEST of that number says.
  absl::Status ReadManifest(uint64_t number);
  // Begins an empty store. Changes nothing on disk.
  void InitEmpty();

  // Writes a new MANIFEST that holds the present state with `edit` applied,
  // and points CURRENT to it. Must succeed once before LogAndApply.
  absl::Status StartManifest(const VersionEdit& edit);

  // Makes `edit` durable, then makes its version the newest and calls
  // `install` with it. After an error nothing has changed that a reader sees.
  // After RESOURCE_EXHAUSTED the edit may be tried again, or another one, and
  // the tables it added are removed in time. After any other error what is on
  // disk is unknown, and every later call fails.
  absl::Status LogAndApply(
      VersionEdit edit,
      absl::FunctionRef<void(std::shared_ptr<const Version>)> install);

  // True after an edit could not be appended for want of room: the MANIFEST
  // may hold it, whole or in part.
  bool in_doubt() const { return in_doubt_.load(std::memory_order_acquire); }
  // If in doubt, writes a new MANIFEST. LogAndApply does it by itself; worth
  // a call before work that would be in vain if the MANIFEST cannot be
  // written.
  absl::Status Repair() ABSL_LOCKS_EXCLUDED(log_mu_);

  std::shared_ptr<const Version> current() const ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t NewFileNumber() { return next_file_number_.fetch_add(1); }
  // Makes later file numbers greater than `number`.
  void SkipFileNumber(uint64_t number);
  // Every write up to it is in the tables.
  SequenceNumber flushed_sequence() const ABSL_LOCKS_EXCLUDED(mu_);
  // The logs that recovery would replay.
  std::set<uint64_t> live_wals() const ABSL_LOCKS_EXCLUDED(mu_);
  // What is known of them; a log of an older format is not in it.
  std::map<uint64_t, WalFacts> wal_facts() const ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t manifest_number() const ABSL_LOCKS_EXCLUDED(mu_);

  // What Recover read, to be compared with the logs that are there.
  struct Recovered {
    uint64_t salt = 0;
    uint64_t edits = 0;
    uint64_t end_offset = 0;  // of the last edit
    uint64_t newest_wal = 0;  // every log after it was made by a lost edit
    // By an edit that was read; one that it only moved to a level is in it.
    std::set<uint64_t> removed_tables;
    std::set<uint64_t> live_wals;
  };
  const Recovered& recovered() const { return recovered_; }

  // What a log that is made now says of the MANIFEST; an error if what that
  // holds on disk is unknown. Waits for an edit that is being written.
  absl::StatusOr<LogOrigin> origin() const ABSL_LOCKS_EXCLUDED(log_mu_, mu_);

  // The MANIFEST as far as it is durable, and the state it describes. Before
  // StartManifest that is what was recovered.
  struct Logged {
    uint64_t manifest_number = 0;
    uint64_t salt = 0;
    uint64_t bytes = 0;
    uint64_t edits = 0;
    std::shared_ptr<const Version> version;
    std::set<uint64_t> live_wals;
    // The MANIFEST failed for good: CURRENT may name this one or a new one.
    bool failed = false;
  };
  // Waits for an edit that is being written.
  Logged logged() const ABSL_LOCKS_EXCLUDED(log_mu_, mu_);

  // Opens a table for `file`, whose other fields are set, and reads all of it
  // that is kept in memory.
  absl::Status OpenTable(FileMeta* file) const;
  // The same for a value file.
  absl::Status OpenValues(ValueMeta* values) const;
  // The files that may be removed now; each is named once.
  std::vector<ParsedName> TakeObsolete();

 private:
  // Leaves the index of the table for its first user to read.
  absl::Status OpenTableLazily(FileMeta* file) const;
  absl::Status ReadManifest(uint64_t number, VersionBuilder* tables);
  absl::Status ReplayManifest(const std::string& path, uint64_t number,
                              VersionBuilder* tables);
  absl::Status StartManifestLocked(const VersionEdit& edit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_);
  // A durable MANIFEST that holds only `snapshot`, and CURRENT naming it.
  absl::StatusOr<std::unique_ptr<LogWriter>> WriteManifest(
      uint64_t number, const VersionEdit& snapshot);
  absl::Status RepairLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_);
  absl::Status AppendLocked(const VersionEdit& edit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_);
  // Remembers an error after which nothing may be logged any more.
  absl::Status KeepLocked(absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_mu_);
  // The whole state as one edit.
  VersionEdit SnapshotLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void InstallLocked(const VersionEdit& edit,
                     std::shared_ptr<const Version> next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // All of an edit but its tables.
  void InstallFactsLocked(const VersionEdit& edit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Env* const env_;
  const std::string dir_;
  BlockCache* const cache_;
  TableCounters* const counters_;
  mutable ReadAroundBudget read_around_;
  const std::shared_ptr<ObsoleteFiles> obsolete_files_;

  std::atomic<uint64_t> next_file_number_{1};
  // Stored under log_mu_.
  std::atomic<bool> in_doubt_{false};
  Recovered recovered_;  // constant after Recover

  // Held while the MANIFEST is written.
  mutable Mutex log_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  std::unique_ptr<LogWriter> manifest_ ABSL_GUARDED_BY(log_mu_);
  uint64_t edits_logged_ ABSL_GUARDED_BY(log_mu_) = 0;
  // The error that ended all logging.
  absl::Status log_status_ ABSL_GUARDED_BY(log_mu_);

  mutable Mutex mu_;
  std::shared_ptr<const Version> current_ ABSL_GUARDED_BY(mu_);
  SequenceNumber flushed_sequence_ ABSL_GUARDED_BY(mu_) = 0;
  std::set<uint64_t> live_wals_ ABSL_GUARDED_BY(mu_);
  std::map<uint64_t, WalFacts> wal_facts_ ABSL_GUARDED_BY(mu_);
  uint64_t store_id_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t manifest_number_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_VERSION_SET_H_
