// The open files and locks of a SimEnv. Included by its implementation only.

#ifndef LSMKV_TESTS_SUPPORT_SIM_ENV_FILES_H_
#define LSMKV_TESTS_SUPPORT_SIM_ENV_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"

#include "tests/support/sim_env.h"

namespace lsmkv {

// Tells the observer of one operation, before it and after it. Declare it
// before the lock is taken.
class SimEnv::Announced {
 public:
  Announced(const SimEnv* env, SimOp op, std::string_view path,
            std::string_view data = {})
      : observer_(env->observer(op)), event_{op, true, path, data, false} {
    if (observer_ != nullptr) (*observer_)(event_);
  }
  ~Announced() {
    event_.before = false;
    if (observer_ != nullptr) (*observer_)(event_);
  }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;

  void Succeed() { event_.ok = true; }
  absl::Status Done(absl::Status status) {
    event_.ok = status.ok();
    return status;
  }

 private:
  const std::shared_ptr<const SimObserver> observer_;
  SimEvent event_;
};

// One of the files that are open.
class SimEnv::OpenCount {
 public:
  explicit OpenCount(SimEnv* env) : env_(env) {
    env_->open_files_.fetch_add(1, std::memory_order_relaxed);
  }
  ~OpenCount() { Release(); }
  OpenCount(const OpenCount&) = delete;
  OpenCount& operator=(const OpenCount&) = delete;

  void Release() {
    if (env_ == nullptr) return;
    env_->open_files_.fetch_sub(1, std::memory_order_relaxed);
    env_ = nullptr;
  }

 private:
  SimEnv* env_;
};

class SimEnv::ReadHandle : public engine::RandomAccessFile {
 public:
  ReadHandle(SimEnv* env, std::string path, SimNodeRef node,
             uint64_t generation)
      : env_(env),
        path_(std::move(path)),
        node_(std::move(node)),
        generation_(generation),
        open_(env) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override;
  absl::StatusOr<uint64_t> Size() const override;
  void ReadAhead(uint64_t, size_t) const override {}

 private:
  absl::Status BeginLocked(SimOp op, uint64_t bytes,
                           std::optional<SimFault>* fired = nullptr) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(env_->mu_);
  // What a read in which `fault` happens gives.
  std::string_view ReadWronglyLocked(const SimFault& fault, uint64_t offset,
                                     size_t n, char* scratch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(env_->mu_);

  SimEnv* const env_;
  const std::string path_;
  const SimNodeRef node_;
  const uint64_t generation_;
  const OpenCount open_;
};

class SimEnv::WriteHandle : public engine::WritableFile {
 public:
  WriteHandle(SimEnv* env, std::string path, SimNodeRef node,
              uint64_t generation)
      : env_(env),
        path_(std::move(path)),
        node_(std::move(node)),
        generation_(generation),
        count_(env) {}
  ~WriteHandle() override;

  absl::Status Append(std::string_view data) override;
  absl::Status Overwrite(uint64_t offset, std::string_view data) override;
  absl::Status Sync() override;
  absl::Status AppendDurably(std::string_view data) override;
  absl::Status StartAnew(const std::string& path) override;
  absl::Status Preallocate(uint64_t bytes) override;
  void Discard(uint64_t offset, uint64_t bytes) override;
  absl::Status Close() override;

 private:
  // A sync, in which `sync` does what one that succeeds does.
  absl::Status SyncPages(absl::FunctionRef<void(SimFile*)> sync);
  absl::Status BeginLocked(SimOp op, uint64_t bytes = 0,
                           std::optional<SimFault>* fired = nullptr)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(env_->mu_);

  SimEnv* const env_;
  std::string path_;  // changes with StartAnew, beside which nothing runs
  const SimNodeRef node_;
  const uint64_t generation_;
  OpenCount count_ ABSL_GUARDED_BY(env_->mu_);
  bool open_ ABSL_GUARDED_BY(env_->mu_) = true;
};

class SimEnv::LockHandle : public engine::FileLock {
 public:
  LockHandle(SimEnv* env, SimNodeRef node, uint64_t generation)
      : env_(env),
        node_(std::move(node)),
        generation_(generation),
        count_(env) {}
  ~LockHandle() override;

 private:
  SimEnv* const env_;
  const SimNodeRef node_;
  const uint64_t generation_;
  const OpenCount count_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_ENV_FILES_H_
