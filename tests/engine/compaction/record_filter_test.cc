#include "engine/src/compaction/record_filter.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/compaction/version_builder.h"

namespace lsmkv::engine {
namespace {

using Verdict = RecordFilter::Verdict;

const RangeTombstones kNoTombstones;

std::string Put(const std::string& key, SequenceNumber sequence) {
  return MakeInternalKey(key, PackTrailer(sequence, ValueType::kPut));
}
std::string Delete(const std::string& key, SequenceNumber sequence) {
  return MakeInternalKey(key, PackTrailer(sequence, ValueType::kDelete));
}

TEST(RecordFilterTest, OlderVersionsAreDroppedWithoutSnapshots) {
  RecordFilter filter({}, &kNoTombstones, LevelsBelow(nullptr, 0));
  EXPECT_EQ(filter.Decide(Put("a", 9)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Put("a", 8)), Verdict::kShadowed);
  EXPECT_EQ(filter.Decide(Put("b", 1)), Verdict::kKeep);
}

TEST(RecordFilterTest, EverySnapshotKeepsTheVersionItSees) {
  RecordFilter filter({3, 6}, &kNoTombstones, LevelsBelow(nullptr, 0));
  EXPECT_EQ(filter.Decide(Put("a", 9)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Put("a", 7)), Verdict::kShadowed);
  EXPECT_EQ(filter.Decide(Put("a", 6)), Verdict::kKeep);  // seen at 6
  EXPECT_EQ(filter.Decide(Put("a", 4)), Verdict::kShadowed);
  EXPECT_EQ(filter.Decide(Put("a", 3)), Verdict::kKeep);  // seen at 3
  EXPECT_EQ(filter.Decide(Put("a", 1)), Verdict::kShadowed);
}

TEST(RecordFilterTest, SnapshotOfAnEmptyStoreKeepsNothing) {
  RecordFilter filter({0}, &kNoTombstones, LevelsBelow(nullptr, 0));
  EXPECT_EQ(filter.Decide(Put("a", 2)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Put("a", 1)), Verdict::kShadowed);
}

TEST(RecordFilterTest, DeletionGoesOnlyWhereNothingLiesBelow) {
  const auto version = VersionBuilder().Add(2, 1, "c", "e").Build();
  RecordFilter filter({}, &kNoTombstones, LevelsBelow(version.get(), 1));
  EXPECT_EQ(filter.Decide(Delete("b", 5)), Verdict::kDeadTombstone);
  EXPECT_EQ(filter.Decide(Put("b", 4)), Verdict::kShadowed);
  EXPECT_EQ(filter.Decide(Delete("c", 5)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Delete("d", 5)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Delete("e", 5)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Delete("f", 5)), Verdict::kDeadTombstone);
}

TEST(RecordFilterTest, DeletionThatASnapshotDoesNotSeeStays) {
  const auto version = VersionBuilder().Build();
  RecordFilter filter({3}, &kNoTombstones, LevelsBelow(version.get(), 1));
  EXPECT_EQ(filter.Decide(Delete("a", 5)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Put("a", 2)), Verdict::kKeep);
}

TEST(RecordFilterTest, RangeDeletionDropsWhatItCoversInItsStripe) {
  const RangeTombstones tombstones({{"b", "d", 5}});
  RecordFilter filter({2}, &tombstones, LevelsBelow(nullptr, 0));
  EXPECT_EQ(filter.Decide(Put("a", 4)), Verdict::kKeep);
  EXPECT_EQ(filter.Decide(Put("b", 6)), Verdict::kKeep);  // newer
  EXPECT_EQ(filter.Decide(Put("c", 4)), Verdict::kRangeDeleted);
  EXPECT_EQ(filter.Decide(Put("c", 2)), Verdict::kKeep);  // the snapshot's
  EXPECT_EQ(filter.Decide(Put("d", 4)), Verdict::kKeep);  // the end stays
}

TEST(RecordFilterTest, RangeDeletionsLiveOnWhereSomethingLiesBelow) {
  const RangeTombstones tombstones({{"a", "c", 5}, {"m", "p", 6}});
  const auto version = VersionBuilder().Add(2, 1, "n", "o").Build();
  const RecordFilter filter({}, &tombstones, LevelsBelow(version.get(), 1));
  const std::vector<RangeTombstone> kept = filter.KeptTombstones();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].begin, "m");
}

TEST(RecordFilterTest, NewestRangeDeletionOfAStripeIsEnough) {
  const RangeTombstones tombstones(
      {{"a", "c", 5}, {"a", "c", 7}, {"a", "c", 2}});
  const RecordFilter filter({3}, &tombstones, LevelsBelow(nullptr, 0));
  const std::vector<RangeTombstone> kept = filter.KeptTombstones();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].sequence, 7u);
  EXPECT_EQ(kept[1].sequence, 2u);
}

}  // namespace
}  // namespace lsmkv::engine
