#include "tests/support/site_env.h"

#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv {

using engine::FileLock;
using engine::MakeStatus;
using engine::MutexLock;
using engine::RandomAccessFile;
using engine::WritableFile;

// In the body of each override: the override's own caller.
#define LSMKV_CALL_SITE __builtin_return_address(0)

class SiteEnv::ReadFile : public RandomAccessFile {
 public:
  ReadFile(SiteEnv* env, std::string path,
           std::unique_ptr<RandomAccessFile> target)
      : env_(env), path_(std::move(path)), target_(std::move(target)) {}
  ~ReadFile() override {
    MutexLock lock(&env_->mu_);
    --env_->open_files_;
  }

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimRead, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Read(offset, n, scratch);
  }
  absl::StatusOr<std::string_view> ReadOnce(uint64_t offset, size_t n,
                                            char* scratch) const override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimRead, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->ReadOnce(offset, n, scratch);
  }
  absl::StatusOr<uint64_t> Size() const override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimStat, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Size();
  }
  void ReadAhead(uint64_t offset, size_t n) const override {
    target_->ReadAhead(offset, n);
  }

 private:
  SiteEnv* const env_;
  const std::string path_;
  const std::unique_ptr<RandomAccessFile> target_;
};

class SiteEnv::WriteFile : public WritableFile {
 public:
  WriteFile(SiteEnv* env, std::string path,
            std::unique_ptr<WritableFile> target)
      : env_(env), path_(std::move(path)), target_(std::move(target)) {}
  ~WriteFile() override {
    MutexLock lock(&env_->mu_);
    --env_->open_files_;
  }

  absl::Status Append(std::string_view data) override {
    return AppendFrom(LSMKV_CALL_SITE, data);
  }
  absl::Status AppendUnsynced(std::string_view data) override {
    return AppendFrom(LSMKV_CALL_SITE, data);
  }
  absl::Status AppendFrom(const void* site, std::string_view data) {
    MutexLock lock(&env_->mu_);
    const absl::Status fault = env_->BeginLocked(kSimAppend, path_, site);
    if (!absl::IsAborted(fault)) return target_->Append(data);
    const size_t kept = data.empty() ? 0 : env_->rng_.Uniform(data.size());
    LSMKV_RETURN_IF_ERROR(target_->Append(data.substr(0, kept)));
    return MakeStatus(absl::StatusCode::kResourceExhausted, path_,
                      ": short write");
  }
  absl::Status AppendZeros(uint64_t bytes) override {
    return AppendFrom(LSMKV_CALL_SITE,
                      std::string(static_cast<size_t>(bytes), '\0'));
  }
  absl::Status AppendDurably(std::string_view data) override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimAppend, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->AppendDurably(data);
  }
  absl::Status Overwrite(uint64_t offset, std::string_view data) override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimOverwrite, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Overwrite(offset, data);
  }
  absl::Status StartAnew(const std::string& path) override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimOverwrite, path_, LSMKV_CALL_SITE).IgnoreError();
    LSMKV_RETURN_IF_ERROR(target_->StartAnew(path));
    path_ = path;
    return absl::OkStatus();
  }
  absl::Status Sync() override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimSync, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Sync();
  }
  absl::Status Preallocate(uint64_t bytes) override {
    MutexLock lock(&env_->mu_);
    env_->BeginLocked(kSimPreallocate, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Preallocate(bytes);
  }
  void Discard(uint64_t offset, uint64_t bytes) override {
    target_->Discard(offset, bytes);
  }
  absl::Status Close() override {
    MutexLock lock(&env_->mu_);
    if (std::exchange(closed_, true)) return absl::OkStatus();
    env_->BeginLocked(kSimClose, path_, LSMKV_CALL_SITE).IgnoreError();
    return target_->Close();
  }

 private:
  SiteEnv* const env_;
  std::string path_;  // changes with StartAnew, beside which nothing runs
  const std::unique_ptr<WritableFile> target_;
  bool closed_ ABSL_GUARDED_BY(env_->mu_) = false;
};

SiteEnv::SiteEnv(uint64_t seed)
    : EnvWrapper(&sim_), sim_(seed), rng_(seed + 1) {}

SiteEnv::~SiteEnv() = default;

void SiteEnv::SetHook(Hook hook) {
  MutexLock lock(&mu_);
  hook_ = std::move(hook);
}

uint64_t SiteEnv::calls() const {
  MutexLock lock(&mu_);
  return calls_;
}

uint64_t SiteEnv::faults() const {
  MutexLock lock(&mu_);
  return faults_;
}

uint64_t SiteEnv::open_files() const {
  MutexLock lock(&mu_);
  return open_files_;
}

Sites SiteEnv::sites() const {
  MutexLock lock(&mu_);
  return sites_;
}

absl::Status SiteEnv::BeginLocked(SimOp op, const std::string& path,
                                  const void* site) {
  ++calls_;
  SiteCounts& counts = sites_[site];
  counts.op = op;
  ++counts.calls;
  if (hook_ == nullptr) return absl::OkStatus();
  absl::Status fault = hook_(EnvCall{op, path, site, calls_});
  if (fault.ok()) return fault;
  LSMKV_CHECK(!absl::IsAborted(fault) || op == kSimAppend);
  ++faults_;
  if (absl::IsInternal(fault)) {
    ++counts.internal;
  } else {
    ++counts.exhausted;
  }
  // Nobody else can take it: calls are made under mu_ only.
  if (!absl::IsAborted(fault)) sim_.FailNth(op, 1, fault);
  return fault;
}

absl::StatusOr<std::unique_ptr<RandomAccessFile>> SiteEnv::NewRandomAccessFile(
    const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimOpenRead, path, LSMKV_CALL_SITE).IgnoreError();
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                         sim_.NewRandomAccessFile(path));
  ++open_files_;
  return std::make_unique<ReadFile>(this, path, std::move(file));
}

absl::StatusOr<std::unique_ptr<WritableFile>> SiteEnv::NewWritableFile(
    const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimCreate, path, LSMKV_CALL_SITE).IgnoreError();
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                         sim_.NewWritableFile(path));
  ++open_files_;
  return std::make_unique<WriteFile>(this, path, std::move(file));
}

absl::StatusOr<std::vector<std::string>> SiteEnv::ListDir(
    const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimListDir, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.ListDir(path);
}

absl::StatusOr<bool> SiteEnv::FileExists(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimStat, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.FileExists(path);
}

absl::StatusOr<uint64_t> SiteEnv::FileSize(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimStat, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.FileSize(path);
}

absl::Status SiteEnv::CreateDir(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimCreateDir, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.CreateDir(path);
}

absl::Status SiteEnv::SyncDir(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimSyncDir, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.SyncDir(path);
}

absl::Status SiteEnv::RemoveFile(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimRemove, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.RemoveFile(path);
}

absl::Status SiteEnv::RenameFile(const std::string& from,
                                 const std::string& to) {
  MutexLock lock(&mu_);
  BeginLocked(kSimRename, to, LSMKV_CALL_SITE).IgnoreError();
  return sim_.RenameFile(from, to);
}

absl::StatusOr<std::unique_ptr<FileLock>> SiteEnv::LockFile(
    const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimLock, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.LockFile(path);
}

absl::StatusOr<uint64_t> SiteEnv::FreeSpaceBytes(const std::string& path) {
  MutexLock lock(&mu_);
  BeginLocked(kSimStat, path, LSMKV_CALL_SITE).IgnoreError();
  return sim_.FreeSpaceBytes(path);
}

#undef LSMKV_CALL_SITE

}  // namespace lsmkv
