// SimEnv: an Env over an in-memory disk that can lose power, fail on demand and
// fill up, with a clock that moves only when it is told to.
//
// The fault model, worse than any one file system but not impossible:
// - Appended bytes are safe after WritableFile::Sync only, a file's name after
//   SyncDir of its directory only. Sync does not save the name.
// - Crash leaves of everything else what CrashMode says (sim_disk.h).
// - After a failed Sync the pages are lost: readers see them until they are
//   evicted or the power goes, no later Sync writes them.
// - A failed Append leaves a prefix of its data, of random length.
// - Reads may be short, stale or misdirected, disks full, files too many and
//   everything slow (sim_faults.h).
//
// One seed drives all of it. Trace() tells what was done last;
// SimTraceOnFailure (sim_trace_on_failure.h) prints that when a test fails.
//
// "/" is there from the start, and durable. Other directories are made with
// CreateDir. A path without a slash in front starts at "/" as well. A rename
// must stay in its directory.
//
// Threads: thread-safe. Files and locks must not outlive the SimEnv.

#ifndef LSMKV_TESTS_SUPPORT_SIM_ENV_H_
#define LSMKV_TESTS_SUPPORT_SIM_ENV_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/env.h"
#include "lsmkv/engine/mutex.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_disk.h"
#include "tests/support/sim_faults.h"
#include "tests/support/sim_ops.h"

namespace lsmkv {

class SimEnv : public engine::Env {
 public:
  static constexpr uint64_t kSecond = 1'000'000;
  // 2024-01-01 00:00:00 UTC.
  static constexpr uint64_t kDefaultWallMicros = 1'704'067'200 * kSecond;
  // What FreeSpaceBytes says while there is no limit.
  static constexpr uint64_t kUnlimitedBytes = uint64_t{1} << 40;

  // `seed` decides how much of a failed Append stays.
  explicit SimEnv(uint64_t seed = 1);
  // On a disk that is there already.
  SimEnv(uint64_t seed, SimNodeRef root);

  // --- Loss of power ---------------------------------------------------------

  // Loses power and comes back: what is left is durable, all locks are free,
  // injected faults are gone, and every file opened before fails with INTERNAL
  // from now on.
  void Crash(CrashMode mode, uint64_t seed);

  // Another disk as it might be after a crash now; this one goes on. Its clocks
  // go on from the time of this one; it has no space limit.
  std::unique_ptr<SimEnv> CrashImage(CrashMode mode, uint64_t seed) const;

  // The disk of this moment, with what is pending, for CrashImages. Cheap.
  SimTree Freeze() const;

  // After `n` more operations of kSimWriteOps succeeded or failed by
  // themselves, all operations fail with INTERNAL and change nothing, until
  // Crash. What was unsynced stays so, for Crash to decide on.
  void CutPowerAfter(uint64_t n);
  bool power_is_cut() const;

  // --- Errors ----------------------------------------------------------------

  // Makes the n-th operation from now on (1 is the next) among `ops` whose path
  // contains `path_part` fail with `status`; all later ones too if `sticky`.
  // Several faults may be pending at once.
  void FailNth(uint32_t ops, uint64_t n, absl::Status status,
               bool sticky = false, std::string path_part = "");
  // The general form.
  void Inject(SimFault fault);
  void ClearFaults();
  // How many operations were made to go wrong so far.
  uint64_t faults_fired() const;
  // The system drops the pages that failed syncs left behind: readers see what
  // the disk has.
  void EvictLostPages();

  // Opening a file or a lock fails with RESOURCE_EXHAUSTED while so many are
  // open.
  void SetOpenFilesMax(uint64_t files);
  void ClearOpenFilesLimit();
  uint64_t open_files() const;

  // Both clocks move by so much at every operation among `ops`.
  void SetLatency(uint32_t ops, uint64_t micros);

  // --- Watching --------------------------------------------------------------

  // Calls `observer` before and after every operation among `ops`; nullptr for
  // none. Operations under way may still be heard of by the one before.
  void SetObserver(uint32_t ops, SimObserver observer);
  // The last operations, one line each.
  std::string Trace() const;

  // The number of operations among `ops` so far, failed ones included.
  uint64_t OpCount(uint32_t ops) const;

  // Lets files grow by `bytes` more in total; what removed files held comes
  // back. Beyond it RESOURCE_EXHAUSTED.
  void SetFreeSpaceBytes(uint64_t bytes);
  void ClearFreeSpaceLimit();

  // --- Direct access, without faults and counters ----------------------------

  absl::StatusOr<std::string> ReadFile(const std::string& path) const;
  // Creates or replaces a file, durably. Its directory must exist.
  absl::Status WriteFile(const std::string& path, std::string bytes);
  // Inverts the bits of `mask` in one byte, durably.
  absl::Status CorruptByte(const std::string& path, uint64_t offset,
                           uint8_t mask = 0xff);
  // Cuts a file to `bytes`, or extends it with zeros, durably.
  absl::Status TruncateFile(const std::string& path, uint64_t bytes);

  // --- The clocks ------------------------------------------------------------

  void AdvanceMicros(uint64_t micros);
  // The wall clock alone; it may go back.
  void SetWallMicros(uint64_t micros);

  // --- Env -------------------------------------------------------------------

  absl::StatusOr<std::unique_ptr<engine::RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) override;
  absl::StatusOr<std::unique_ptr<engine::WritableFile>> NewWritableFile(
      const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> ListDir(
      const std::string& path) override;
  absl::StatusOr<bool> FileExists(const std::string& path) override;
  absl::StatusOr<uint64_t> FileSize(const std::string& path) override;
  absl::Status CreateDir(const std::string& path) override;
  absl::Status SyncDir(const std::string& path) override;
  absl::Status RemoveFile(const std::string& path) override;
  absl::Status RenameFile(const std::string& from,
                          const std::string& to) override;
  absl::StatusOr<std::unique_ptr<engine::FileLock>> LockFile(
      const std::string& path) override;
  absl::StatusOr<uint64_t> FreeSpaceBytes(const std::string& path) override;
  uint64_t MonotonicMicros() override;
  uint64_t WallMicros() override;
  // Returns at once, having moved both clocks.
  void SleepMicros(uint64_t micros) override;
  // Drawn from the seed: two SimEnvs of one seed give the same numbers.
  uint64_t RandomBits() override;

 private:
  class Announced;
  class OpenCount;
  class ReadHandle;
  class WriteHandle;
  class LockHandle;

  // A name and the directory it is or would be in.
  struct Place {
    SimNodeRef parent;
    std::string name;
    SimNodeRef node;  // nullptr if the name is free
  };

  // Counts the operation, and fails if a fault or a power cut says so. If it
  // goes wrong in any way, `fired` says how.
  absl::Status BeginLocked(SimOp op, const std::string& path,
                           uint64_t bytes = 0,
                           std::optional<SimFault>* fired = nullptr)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // INTERNAL if the power was lost since.
  absl::Status CheckGenerationLocked(uint64_t generation,
                                     const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status DoBeginLocked(SimOp op, const std::string& path,
                             std::optional<SimFault>* fired)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status CheckOpenFilesLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<const SimObserver> observer(SimOp op) const;

  absl::StatusOr<Place> FindPlaceLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<SimNodeRef> FindLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<SimNodeRef> FindFileLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<SimNodeRef> FindDirLocked(const std::string& path) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  uint64_t FreeBytesLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status AppendLocked(const std::string& path, std::string_view data,
                            SimFile* file) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  mutable engine::Mutex mu_;
  SimNodeRef root_ ABSL_GUARDED_BY(mu_);
  // Handles of an older generation are dead.
  uint64_t generation_ ABSL_GUARDED_BY(mu_) = 0;
  std::set<const SimNode*> locked_ ABSL_GUARDED_BY(mu_);

  Random rng_ ABSL_GUARDED_BY(mu_);
  Random identities_ ABSL_GUARDED_BY(mu_);  // what RandomBits gives
  SimFaults faults_ ABSL_GUARDED_BY(mu_);
  std::optional<uint64_t> writes_until_power_cut_ ABSL_GUARDED_BY(mu_);
  std::array<uint64_t, kSimOpCount> op_counts_ ABSL_GUARDED_BY(mu_) = {};
  SimTrace trace_ ABSL_GUARDED_BY(mu_);
  std::optional<uint64_t> capacity_bytes_ ABSL_GUARDED_BY(mu_);
  std::optional<uint64_t> open_files_max_ ABSL_GUARDED_BY(mu_);
  // Relaxed: counts handles, orders nothing.
  std::atomic<uint64_t> open_files_{0};
  uint32_t slow_ops_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t latency_micros_ ABSL_GUARDED_BY(mu_) = 0;
  // Which operations observer_ wants. Relaxed: read again under mu_ when it
  // matters.
  std::atomic<uint32_t> observed_ops_{0};
  std::shared_ptr<const SimObserver> observer_ ABSL_GUARDED_BY(mu_);

  uint64_t monotonic_micros_ ABSL_GUARDED_BY(mu_) = kSecond;
  uint64_t wall_micros_ ABSL_GUARDED_BY(mu_) = kDefaultWallMicros;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_ENV_H_
