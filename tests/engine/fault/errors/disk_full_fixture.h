// DiskFullTest: a store on a disk that has room when a test says so.

#ifndef LSMKV_TESTS_ENGINE_FAULT_ERRORS_DISK_FULL_FIXTURE_H_
#define LSMKV_TESTS_ENGINE_FAULT_ERRORS_DISK_FULL_FIXTURE_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/logger.h"
#include "tests/support/site_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {

inline absl::Status NoSpace() {
  return absl::ResourceExhaustedError("No space left on device");
}

// What the owner of the store hears.
class Listener : public EventListener {
 public:
  void OnBackgroundError(const absl::Status& error) override {
    MutexLock lock(&mu_);
    now_ = error;
    ++errors_;
  }
  void OnWritesResumed() override {
    MutexLock lock(&mu_);
    now_ = absl::OkStatus();
    ++resumed_;
  }
  absl::Status now() {
    MutexLock lock(&mu_);
    return now_;
  }
  int errors() {
    MutexLock lock(&mu_);
    return errors_;
  }
  int resumed() {
    MutexLock lock(&mu_);
    return resumed_;
  }

 private:
  Mutex mu_;
  absl::Status now_ ABSL_GUARDED_BY(mu_);
  int errors_ ABSL_GUARDED_BY(mu_) = 0;
  int resumed_ ABSL_GUARDED_BY(mu_) = 0;
};

// Waits for what other threads do, for at most a minute.
inline bool Eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

class DiskFullTest : public ::testing::Test {
 protected:
  DiskFullTest() {
    options_.env = &env_;
    options_.listener = &listener_;
    options_.memtable_bytes = 64 << 10;
  }

  void Open() {
    db_.reset();
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
    // A log is in use, and the next one is there.
    ASSERT_OK(db_->Flush());
    ASSERT_TRUE(Eventually([&] { return Files(FileKind::kWal) == 2; }));
    ASSERT_OK(db_->WaitForIdle());
  }

  size_t Files(FileKind kind) {
    size_t files = 0;
    const auto names = env_.sim()->ListDir("/db");
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == kind) ++files;
    }
    return files;
  }

  // Every call among `ops` on a file of that kind fails until `*fails` is
  // false or, if `once`, for the first time only.
  void Fail(uint32_t ops, FileKind kind, const absl::Status& status,
            bool once = false) {
    fails_ = true;
    env_.SetHook([=, this](const EnvCall& call) {
      const std::string name = call.path.substr(call.path.rfind('/') + 1);
      if ((call.op & ops) == 0 || ParseFileName(name).kind != kind) {
        return absl::OkStatus();
      }
      if (once ? !fails_.exchange(false) : !fails_.load()) {
        return absl::OkStatus();
      }
      ++failed_;
      return status;
    });
  }
  void MakeRoom() { fails_ = false; }

  bool Writable() {
    return Eventually([&] { return db_->Put({}, "w", "w").ok(); });
  }
  std::string Get(const std::string& key) {
    const auto value = db_->Get(key);
    return value.ok() ? *value : value.status().ToString();
  }
  // Opens the store as a crash now would leave it.
  void Crash(CrashMode mode = CrashMode::kDropUnsynced) {
    db_.reset();
    env_.ClearHook();
    env_.sim()->Crash(mode, 1);
    ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  }

  SiteEnv env_;
  Listener listener_;
  std::atomic<bool> fails_{false};
  std::atomic<int> failed_{0};
  Options options_;
  std::unique_ptr<DB> db_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_ERRORS_DISK_FULL_FIXTURE_H_
