#include "tests/support/scheduled_env.h"

#include <algorithm>

namespace lsmkv {

using engine::FileLock;
using engine::RandomAccessFile;
using engine::WritableFile;

namespace {

constexpr uint64_t kSlowMicrosLog2 = 15;
// 2024-01-01 00:00:00 UTC.
constexpr uint64_t kWallMicros = 1'704'067'200'000'000;

}  // namespace

class ScheduledEnv::ReadFile : public RandomAccessFile {
 public:
  ReadFile(ScheduledEnv* env, std::string path,
           std::unique_ptr<RandomAccessFile> file)
      : env_(env), path_(std::move(path)), file_(std::move(file)) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    return env_->Do("read", path_, n,
                    [&] { return file_->Read(offset, n, scratch); });
  }
  absl::StatusOr<uint64_t> Size() const override {
    return env_->Do("size", path_, 0, [&] { return file_->Size(); });
  }
  void ReadAhead(uint64_t offset, size_t n) const override {
    file_->ReadAhead(offset, n);
  }

 private:
  ScheduledEnv* const env_;
  const std::string path_;
  const std::unique_ptr<RandomAccessFile> file_;
};

class ScheduledEnv::WriteFile : public WritableFile {
 public:
  WriteFile(ScheduledEnv* env, std::string path,
            std::unique_ptr<WritableFile> file)
      : env_(env), path_(std::move(path)), file_(std::move(file)) {}

  absl::Status Append(std::string_view data) override {
    return env_->Do("append", path_, data.size(),
                    [&] { return file_->Append(data); });
  }
  absl::Status Overwrite(uint64_t offset, std::string_view data) override {
    return env_->Do("overwrite", path_, data.size(),
                    [&] { return file_->Overwrite(offset, data); });
  }
  absl::Status Sync() override {
    return env_->Do("sync", path_, 0, [&] { return file_->Sync(); });
  }
  absl::Status AppendDurably(std::string_view data) override {
    return env_->Do("append durably", path_, data.size(),
                    [&] { return file_->AppendDurably(data); });
  }
  absl::Status StartAnew(const std::string& path) override {
    const absl::Status status = env_->Do(
        "start anew", path_, 0, [&] { return file_->StartAnew(path); });
    if (status.ok()) path_ = path;
    return status;
  }
  absl::Status Preallocate(uint64_t bytes) override {
    return env_->Do("preallocate", path_, bytes,
                    [&] { return file_->Preallocate(bytes); });
  }
  void Discard(uint64_t offset, uint64_t bytes) override {
    file_->Discard(offset, bytes);
  }
  absl::Status Close() override {
    return env_->Do("close", path_, 0, [&] { return file_->Close(); });
  }

 private:
  ScheduledEnv* const env_;
  std::string path_;  // changes with StartAnew, beside which nothing runs
  const std::unique_ptr<WritableFile> file_;
};

void ScheduledEnv::BeSlow() {
  scheduler_->SleepMicros(1 + scheduler_->rng()->Skewed(kSlowMicrosLog2));
}

absl::StatusOr<std::unique_ptr<RandomAccessFile>>
ScheduledEnv::NewRandomAccessFile(const std::string& path) {
  LSMKV_ASSIGN_OR_RETURN(
      std::unique_ptr<RandomAccessFile> file,
      Do("open", path, 0, [&] { return target()->NewRandomAccessFile(path); }));
  return std::make_unique<ReadFile>(this, path, std::move(file));
}

absl::StatusOr<std::unique_ptr<WritableFile>> ScheduledEnv::NewWritableFile(
    const std::string& path) {
  LSMKV_ASSIGN_OR_RETURN(
      std::unique_ptr<WritableFile> file,
      Do("create", path, 0, [&] { return target()->NewWritableFile(path); }));
  return std::make_unique<WriteFile>(this, path, std::move(file));
}

absl::StatusOr<std::vector<std::string>> ScheduledEnv::ListDir(
    const std::string& path) {
  auto names = Do("list", path, 0, [&] { return target()->ListDir(path); });
  if (!names.ok()) return names;
  // The order means nothing, so that every order must do.
  std::shuffle(names->begin(), names->end(), *scheduler_->rng());
  return names;
}

absl::StatusOr<bool> ScheduledEnv::FileExists(const std::string& path) {
  return Do("exists", path, 0, [&] { return target()->FileExists(path); });
}

absl::StatusOr<uint64_t> ScheduledEnv::FileSize(const std::string& path) {
  return Do("size", path, 0, [&] { return target()->FileSize(path); });
}

absl::Status ScheduledEnv::CreateDir(const std::string& path) {
  return Do("create dir", path, 0, [&] { return target()->CreateDir(path); });
}

absl::Status ScheduledEnv::SyncDir(const std::string& path) {
  return Do("sync dir", path, 0, [&] { return target()->SyncDir(path); });
}

absl::Status ScheduledEnv::RemoveFile(const std::string& path) {
  return Do("remove", path, 0, [&] { return target()->RemoveFile(path); });
}

absl::Status ScheduledEnv::RenameFile(const std::string& from,
                                      const std::string& to) {
  return Do("rename", engine::Concat(from, " to ", to), 0,
            [&] { return target()->RenameFile(from, to); });
}

absl::StatusOr<std::unique_ptr<FileLock>> ScheduledEnv::LockFile(
    const std::string& path) {
  return Do("lock file", path, 0, [&] { return target()->LockFile(path); });
}

absl::StatusOr<uint64_t> ScheduledEnv::FreeSpaceBytes(const std::string& path) {
  return Do("space", path, 0, [&] { return target()->FreeSpaceBytes(path); });
}

uint64_t ScheduledEnv::WallMicros() {
  return kWallMicros + scheduler_->NowMicros();
}

uint64_t ScheduledEnv::RandomBits() {
  const SimScheduler::Hold hold(scheduler_);
  return target()->RandomBits();
}

}  // namespace lsmkv
