#include "client/cli/progress_file.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::cli {
namespace {

TEST(ProgressFileTest, HoldsTheLastNumberOnly) {
  const TempDir dir;
  const std::string path = dir.File("progress");
  EXPECT_OK(WriteProgressFile(path, 123456));
  EXPECT_OK(WriteProgressFile(path, 7));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "7\n");
}

TEST(ProgressFileTest, APlaceThatIsNotThereIsNamed) {
  const TempDir dir;
  EXPECT_STATUS_CONTAINS(WriteProgressFile(dir.File("no/progress"), 1),
                         absl::StatusCode::kUnknown, "no/progress");
}

}  // namespace
}  // namespace lsmkv::cli
