// EnvWrapper: an Env that forwards every call to another one, so that a test
// overrides only what it cares about.
//
// Threads and errors: those of the wrapped Env, which must outlive this one.

#ifndef LSMKV_TESTS_SUPPORT_ENV_WRAPPER_H_
#define LSMKV_TESTS_SUPPORT_ENV_WRAPPER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/env.h"

namespace lsmkv {

class EnvWrapper : public engine::Env {
 public:
  explicit EnvWrapper(engine::Env* target) : target_(target) {}

  engine::Env* target() const { return target_; }

  absl::StatusOr<std::unique_ptr<engine::RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) override {
    return target_->NewRandomAccessFile(path);
  }
  absl::StatusOr<std::unique_ptr<engine::WritableFile>> NewWritableFile(
      const std::string& path) override {
    return target_->NewWritableFile(path);
  }
  absl::StatusOr<std::vector<std::string>> ListDir(
      const std::string& path) override {
    return target_->ListDir(path);
  }
  absl::StatusOr<bool> FileExists(const std::string& path) override {
    return target_->FileExists(path);
  }
  absl::StatusOr<uint64_t> FileSize(const std::string& path) override {
    return target_->FileSize(path);
  }
  absl::Status CreateDir(const std::string& path) override {
    return target_->CreateDir(path);
  }
  absl::Status SyncDir(const std::string& path) override {
    return target_->SyncDir(path);
  }
  absl::Status RemoveFile(const std::string& path) override {
    return target_->RemoveFile(path);
  }
  absl::Status RenameFile(const std::string& from,
                          const std::string& to) override {
    return target_->RenameFile(from, to);
  }
  absl::StatusOr<std::unique_ptr<engine::FileLock>> LockFile(
      const std::string& path) override {
    return target_->LockFile(path);
  }
  absl::StatusOr<uint64_t> FreeSpaceBytes(const std::string& path) override {
    return target_->FreeSpaceBytes(path);
  }
  uint64_t MonotonicMicros() override { return target_->MonotonicMicros(); }
  uint64_t WallMicros() override { return target_->WallMicros(); }
  void SleepMicros(uint64_t micros) override { target_->SleepMicros(micros); }
  uint64_t RandomBits() override { return target_->RandomBits(); }

 private:
  engine::Env* const target_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_ENV_WRAPPER_H_
