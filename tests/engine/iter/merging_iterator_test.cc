#include "engine/src/iter/merging_iterator.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/conformance/iterator_suite.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

// Entries in a vector; fails when it reaches entry `fail_at`.
class VectorIterator : public InternalIterator {
 public:
  explicit VectorIterator(IteratorEntries entries, size_t fail_at = SIZE_MAX)
      : entries_(std::move(entries)), fail_at_(fail_at), at_(entries_.size()) {}

  void SeekToFirst() override { MoveTo(0); }
  void SeekToLast() override { MoveBefore(entries_.size()); }
  void Seek(std::string_view key) override {
    size_t at = 0;
    while (at < entries_.size() &&
           CompareInternal(entries_[at].first, key) < 0) {
      ++at;
    }
    MoveTo(at);
  }
  void SeekForPrev(std::string_view key) override {
    size_t end = entries_.size();
    while (end > 0 && CompareInternal(entries_[end - 1].first, key) > 0) --end;
    MoveBefore(end);
  }
  void Next() override { MoveTo(at_ + 1); }
  void Prev() override { MoveBefore(at_); }
  absl::Status status() const override {
    return failed() ? absl::DataLossError("damaged") : absl::OkStatus();
  }

 private:
  bool failed() const { return at_ == fail_at_; }
  void MoveBefore(size_t at) { MoveTo(at == 0 ? entries_.size() : at - 1); }
  void MoveTo(size_t at) {
    at_ = at;
    if (at_ == entries_.size() || failed()) return StandNowhere();
    StandOn(entries_[at_].first, entries_[at_].second);
  }

  const IteratorEntries entries_;
  const size_t fail_at_;
  size_t at_;
};

// Deals the entries out to several children.
class MergedSource : public IteratorSource {
 public:
  MergedSource(const IteratorEntries& entries, size_t children)
      : parts_(children) {
    for (size_t i = 0; i < entries.size(); ++i) {
      parts_[i * 7 % children].push_back(entries[i]);
    }
  }
  std::unique_ptr<InternalIterator> NewIterator() override {
    std::vector<std::unique_ptr<InternalIterator>> children;
    for (const IteratorEntries& part : parts_) {
      children.push_back(std::make_unique<VectorIterator>(part));
    }
    return NewMergingIterator(std::move(children));
  }

 private:
  std::vector<IteratorEntries> parts_;
};

INSTANTIATE_TEST_SUITE_P(
    Merging, IteratorSuite,
    testing::Values(IteratorSuiteParam{"TwoChildren",
                                       [](const IteratorEntries& entries) {
                                         return std::make_unique<MergedSource>(
                                             entries, 2);
                                       }},
                    IteratorSuiteParam{"FiveChildrenSomeEmpty",
                                       [](const IteratorEntries& entries) {
                                         return std::make_unique<MergedSource>(
                                             entries, 5);
                                       }}));

TEST(MergingIteratorTest, ErrorOfAChildEndsTheMergeAndShows) {
  const IteratorEntries entries = MakeIteratorEntries(10, 1);
  std::vector<std::unique_ptr<InternalIterator>> children;
  children.push_back(std::make_unique<VectorIterator>(
      IteratorEntries(entries.begin(), entries.begin() + 5), 3));
  children.push_back(std::make_unique<VectorIterator>(
      IteratorEntries(entries.begin() + 5, entries.end())));
  const auto merged = NewMergingIterator(std::move(children));
  size_t seen = 0;
  for (merged->SeekToFirst(); merged->Valid(); merged->Next()) ++seen;
  EXPECT_EQ(seen, 3u);
  EXPECT_STATUS(merged->status(), absl::StatusCode::kDataLoss);
}

TEST(MergingIteratorTest, NoChildrenIsEmpty) {
  const auto merged = NewMergingIterator({});
  merged->SeekToFirst();
  EXPECT_FALSE(merged->Valid());
  EXPECT_OK(merged->status());
}

}  // namespace
}  // namespace lsmkv::engine
