// Versions made of tables that exist in name only, for tests that look at
// their bounds and sizes.

#ifndef LSMKV_TESTS_ENGINE_COMPACTION_VERSION_BUILDER_H_
#define LSMKV_TESTS_ENGINE_COMPACTION_VERSION_BUILDER_H_

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "engine/src/version/version.h"

namespace lsmkv::engine {

class VersionBuilder {
 public:
  // A table of `bytes` with the keys `smallest` to `largest`.
  VersionBuilder& Add(int level, uint64_t number, const std::string& smallest,
                      const std::string& largest, uint64_t bytes = 1000) {
    auto file = std::make_shared<FileMeta>();
    file->number = number;
    file->file_bytes = bytes;
    file->largest_sequence = number;
    file->smallest = MakeInternalKey(smallest, PackTrailer(2, ValueType::kPut));
    file->largest = MakeInternalKey(largest, PackTrailer(1, ValueType::kPut));
    edit_.added_files.push_back({level, std::move(file)});
    return *this;
  }
  std::shared_ptr<const Version> Build() {
    auto version = Version().Apply(edit_, "test");
    EXPECT_TRUE(version.ok()) << version.status().ToString();
    return *version;
  }

 private:
  VersionEdit edit_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_COMPACTION_VERSION_BUILDER_H_
