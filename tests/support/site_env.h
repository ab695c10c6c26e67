// SiteEnv: a SimEnv behind a hook that sees every call, knows the place in the
// program it came from, and decides whether it fails.
//
//   SiteEnv env;
//   env.SetHook([](const EnvCall& call) {
//     return call.op == kSimSync ? absl::InternalError("disk")
//                                : absl::OkStatus();
//   });
//
// A call that is made to fail has the effect on the disk that SimEnv gives it:
// a prefix of a failed append stays, the pages of a failed sync are lost.
//
// Threads: thread-safe; calls are made one at a time, and the hook runs inside.
// Clocks, and reading ahead, go to the SimEnv at once.

#ifndef LSMKV_TESTS_SUPPORT_SITE_ENV_H_
#define LSMKV_TESTS_SUPPORT_SITE_ENV_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lsmkv/engine/mutex.h"
#include "tests/support/env_wrapper.h"
#include "tests/support/sim_env.h"

namespace lsmkv {

struct EnvCall {
  SimOp op;
  std::string path;
  const void* site;  // the return address
  uint64_t number;   // 1 for the first call
};

// What was done to the calls from one place.
struct SiteCounts {
  SimOp op;
  uint64_t calls = 0;
  uint64_t internal = 0;   // made to fail with INTERNAL, as by EIO
  uint64_t exhausted = 0;  // with RESOURCE_EXHAUSTED, as by ENOSPC
};
using Sites = std::map<const void*, SiteCounts>;

class SiteEnv : public EnvWrapper {
 public:
  // What a hook returns is what the call fails with. The code ABORTED stands
  // for a short write: some of the data is written, and it fails with
  // RESOURCE_EXHAUSTED; it is for appends only.
  using Hook = std::function<absl::Status(const EnvCall&)>;

  explicit SiteEnv(uint64_t seed = 1);
  ~SiteEnv() override;

  SimEnv* sim() { return &sim_; }

  void SetHook(Hook hook);
  void ClearHook() { SetHook(nullptr); }
  uint64_t calls() const;
  uint64_t faults() const;
  // Files that are open now.
  uint64_t open_files() const;
  Sites sites() const;

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

 private:
  class ReadFile;
  class WriteFile;

  // Asks the hook, and has the SimEnv fail the next call if it says so.
  absl::Status BeginLocked(SimOp op, const std::string& path, const void* site)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  SimEnv sim_;
  mutable engine::Mutex mu_;
  Hook hook_ ABSL_GUARDED_BY(mu_);
  uint64_t calls_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t faults_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t open_files_ ABSL_GUARDED_BY(mu_) = 0;
  Sites sites_ ABSL_GUARDED_BY(mu_);
  Random rng_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SITE_ENV_H_
