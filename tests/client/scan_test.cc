#include "lsmkv/client/scan.h"

#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

static_assert(std::is_move_constructible_v<ScanRange>);
static_assert(!std::is_copy_constructible_v<ScanRange>);
static_assert(std::input_iterator<ScanRange::Iterator>);

TEST(ScanRangeTest, DefaultIsEmpty) {
  ScanRange range;
  EXPECT_EQ(range.begin(), range.end());
}

TEST(ScanRangeTest, FixedRecordsThenTheirError) {
  ScanRange range = MakeScanRange({{"a", "1", 1}, {"b", "2", 2}},
                                  absl::DataLossError("damaged"));
  auto it = range.begin();
  ASSERT_OK(*it);
  EXPECT_EQ((*it)->key, "a");
  ++it;
  ASSERT_OK(*it);
  EXPECT_EQ((*it)->key, "b");
  ++it;
  ASSERT_NE(it, range.end());
  EXPECT_STATUS(*it, absl::StatusCode::kDataLoss);
  ++it;
  EXPECT_EQ(it, range.end());
}

TEST(ScanRangeTest, BeginGoesOnWhereTheLastIteratorStood) {
  ScanRange range = MakeScanRange({{"a", "", 1}, {"b", "", 2}});
  ++range.begin();
  EXPECT_EQ((*range.begin())->key, "b");
}

TEST(ScanRangeTest, ElementMayBeMovedFrom) {
  ScanRange range = MakeScanRange({{"a", std::string(1000, 'x'), 1}});
  std::vector<Record> taken;
  for (auto& record : range) taken.push_back(*std::move(record));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].value.size(), 1000u);
}

class CountingSource : public RecordSource {
 public:
  explicit CountingSource(int* calls) : calls_(calls) {}
  absl::StatusOr<std::optional<Record>> Next() override {
    ++*calls_;
    return std::nullopt;
  }

 private:
  int* const calls_;
};

TEST(ScanRangeTest, SourceIsNotAskedAgainAfterTheEnd) {
  int calls = 0;
  ScanRange range(std::make_unique<CountingSource>(&calls));
  EXPECT_EQ(range.begin(), range.end());
  EXPECT_EQ(range.begin(), range.end());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace lsmkv::client
