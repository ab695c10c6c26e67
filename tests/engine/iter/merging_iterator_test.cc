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

  bool Valid() const override { return at_ < entries_.size() && !failed(); }
  void SeekToFirst() override { at_ = 0; }
  void SeekToLast() override {
    at_ = entries_.empty() ? 0 : entries_.size() - 1;
  }
  void Seek(std::string_view key) override {
    at_ = 0;
    while (at_ < entries_.size() &&
           CompareInternal(entries_[at_].first, key) < 0) {
      ++at_;
    }
  }
  void SeekForPrev(std::string_view key) override {
    at_ = entries_.size();
    while (at_ > 0 && CompareInternal(entries_[at_ - 1].first, key) > 0) --at_;
    at_ = at_ == 0 ? entries_.size() : at_ - 1;
  }
  void Next() override { ++at_; }
  void Prev() override { at_ = at_ == 0 ? entries_.size() : at_ - 1; }
  std::string_view key() const override { return entries_[at_].first; }
  std::string_view value() const override { return entries_[at_].second; }
  absl::Status status() const override {
    return failed() ? absl::DataLossError("damaged") : absl::OkStatus();
  }

 private:
  bool failed() const { return at_ == fail_at_; }

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
