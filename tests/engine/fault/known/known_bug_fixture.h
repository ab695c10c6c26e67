// KnownBugTest: a store on a simulated disk, for the regressions of
// tests/KNOWN_BUGS.md.

#ifndef LSMKV_TESTS_ENGINE_FAULT_KNOWN_KNOWN_BUG_FIXTURE_H_
#define LSMKV_TESTS_ENGINE_FAULT_KNOWN_KNOWN_BUG_FIXTURE_H_

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "tests/support/sim_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {

class KnownBugTest : public ::testing::Test {
 protected:
  KnownBugTest() {
    options_.env = &env_;
    options_.memtable_bytes = 64 << 10;
    options_.table_bytes = 64 << 10;
    options_.level_base_bytes = 128 << 10;
    options_.l0_trigger = 2;
  }
  void TearDown() override { db_.reset(); }

  absl::Status TryOpen() {
    db_.reset();
    auto opened = DB::Open(options_, "/db");
    if (opened.ok()) db_ = *std::move(opened);
    return opened.status();
  }
  // The process dies, or the machine with it; the store is opened again.
  absl::Status CrashAndOpen(CrashMode mode = CrashMode::kDropUnsynced) {
    auto image = env_.CrashImage(mode, 1);
    db_.reset();
    image_ = std::move(image);
    options_.env = image_.get();
    return TryOpen();
  }

  void Put(const std::string& key, const std::string& value) {
    ASSERT_OK(db_->Put({}, key, value));
  }

  // All records, read forwards; the iterator must not fail.
  std::map<std::string, std::string> Contents(const ReadOptions& read = {}) {
    std::map<std::string, std::string> contents;
    const auto it = db_->NewIterator(read);
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      contents[std::string(it->key())] = std::string(it->value());
    }
    EXPECT_OK(it->status());
    return contents;
  }

  // The paths of the store's files of one kind, oldest first.
  static std::vector<std::string> Files(SimEnv* env, FileKind kind) {
    std::vector<std::string> paths;
    const auto names = env->ListDir("/db");
    EXPECT_OK(names.status());
    for (const std::string& name : *names) {
      if (ParseFileName(name).kind == kind) paths.push_back("/db/" + name);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  SimEnv env_;
  std::unique_ptr<SimEnv> image_;
  Options options_;
  std::unique_ptr<DB> db_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_KNOWN_KNOWN_BUG_FIXTURE_H_
