// What every InternalIterator must do, whatever it walks. A test of one kind of
// iterator includes this header in one of its files and registers a source:
//
//   INSTANTIATE_TEST_SUITE_P(Table, IteratorSuite, testing::Values(
//       IteratorSuiteParam{"Table", [](const IteratorEntries& entries) {
//         return std::make_unique<TableSource>(entries); }}));

#ifndef LSMKV_TESTS_CONFORMANCE_ITERATOR_SUITE_H_
#define LSMKV_TESTS_CONFORMANCE_ITERATOR_SUITE_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/src/format/internal_key.h"
#include "engine/src/iter/internal_iterator.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {

// Internal keys and values, in internal key order.
using IteratorEntries = std::vector<std::pair<std::string, std::string>>;

// Holds entries in the form that the iterators under test walk.
class IteratorSource {
 public:
  virtual ~IteratorSource() = default;
  // Must not outlive the source.
  virtual std::unique_ptr<InternalIterator> NewIterator() = 0;
};

struct IteratorSuiteParam {
  std::string name;
  std::function<std::unique_ptr<IteratorSource>(const IteratorEntries&)> make;
};

inline std::ostream& operator<<(std::ostream& out,
                                const IteratorSuiteParam& param) {
  return out << param.name;
}

// `versions` entries for each of `keys` user keys "key000000", "key000002"...:
// the odd numbers between them are absent.
inline IteratorEntries MakeIteratorEntries(size_t keys, size_t versions) {
  IteratorEntries entries;
  for (size_t i = 0; i < keys; ++i) {
    std::string number = std::to_string(2 * i);
    const std::string user_key =
        "key" + std::string(6 - number.size(), '0') + number;
    for (size_t v = versions; v > 0; --v) {
      const auto type = (i + v) % 5 == 0 ? ValueType::kDelete : ValueType::kPut;
      entries.emplace_back(
          MakeInternalKey(user_key, PackTrailer(100 + v, type)),
          type == ValueType::kPut ? user_key + "@" + std::to_string(v) : "");
    }
  }
  return entries;
}

class IteratorSuite : public testing::TestWithParam<IteratorSuiteParam> {
 protected:
  void Load(IteratorEntries entries) {
    iterator_.reset();
    entries_ = std::move(entries);
    source_ = GetParam().make(entries_);
    iterator_ = source_->NewIterator();
  }

  // The position that entry `i` has; entries_.size() stands for "not valid".
  void ExpectAt(size_t i) {
    ASSERT_TRUE(iterator_->status().ok()) << iterator_->status().message();
    ASSERT_EQ(iterator_->Valid(), i < entries_.size()) << "entry " << i;
    if (i >= entries_.size()) return;
    ASSERT_EQ(iterator_->key(), entries_[i].first) << "entry " << i;
    ASSERT_EQ(iterator_->value(), entries_[i].second) << "entry " << i;
  }

  size_t ModelSeek(std::string_view key) const {
    const auto found = std::partition_point(
        entries_.begin(), entries_.end(), [&](const auto& entry) {
          return CompareInternal(entry.first, key) < 0;
        });
    return static_cast<size_t>(found - entries_.begin());
  }
  // entries_.size() if there is none.
  size_t ModelSeekForPrev(std::string_view key) const {
    const size_t i = ModelSeek(key);
    if (i < entries_.size() && entries_[i].first == key) return i;
    return i == 0 ? entries_.size() : i - 1;
  }

  void ExpectSeeks(const std::string& key) {
    iterator_->Seek(key);
    ASSERT_NO_FATAL_FAILURE(ExpectAt(ModelSeek(key)));
    iterator_->SeekForPrev(key);
    ASSERT_NO_FATAL_FAILURE(ExpectAt(ModelSeekForPrev(key)));
  }

  IteratorEntries entries_;
  std::unique_ptr<IteratorSource> source_;
  std::unique_ptr<InternalIterator> iterator_;
};

TEST_P(IteratorSuite, NewIteratorIsNotValid) {
  Load(MakeIteratorEntries(3, 1));
  EXPECT_FALSE(iterator_->Valid());
  EXPECT_TRUE(iterator_->status().ok());
}

TEST_P(IteratorSuite, EmptyHasNothing) {
  Load({});
  iterator_->SeekToFirst();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(0));
  iterator_->SeekToLast();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(0));
  ASSERT_NO_FATAL_FAILURE(ExpectSeeks(MakeInternalKey("key", SeekTrailer(1))));
}

TEST_P(IteratorSuite, SingleEntryIsFoundFromBothSides) {
  Load(MakeIteratorEntries(1, 1));
  iterator_->SeekToFirst();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(0));
  iterator_->Next();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(1));
  iterator_->SeekToLast();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(0));
  iterator_->Prev();
  ASSERT_NO_FATAL_FAILURE(ExpectAt(1));
  ASSERT_NO_FATAL_FAILURE(ExpectSeeks(entries_[0].first));
  ASSERT_NO_FATAL_FAILURE(ExpectSeeks(MakeInternalKey("a", SeekTrailer(1))));
  ASSERT_NO_FATAL_FAILURE(ExpectSeeks(MakeInternalKey("z", SeekTrailer(1))));
}

TEST_P(IteratorSuite, NextVisitsEveryEntryInOrder) {
  Load(MakeIteratorEntries(700, 3));
  iterator_->SeekToFirst();
  for (size_t i = 0; i < entries_.size(); ++i) {
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
    iterator_->Next();
  }
  ASSERT_NO_FATAL_FAILURE(ExpectAt(entries_.size()));
}

TEST_P(IteratorSuite, PrevVisitsEveryEntryInReverse) {
  Load(MakeIteratorEntries(700, 3));
  iterator_->SeekToLast();
  for (size_t i = entries_.size(); i-- > 0;) {
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
    iterator_->Prev();
  }
  ASSERT_NO_FATAL_FAILURE(ExpectAt(entries_.size()));
}

TEST_P(IteratorSuite, SeeksLandAtBetweenAndOutsideKeys) {
  Load(MakeIteratorEntries(300, 2));
  for (const auto& entry : entries_) {
    const std::string_view user_key = UserKey(entry.first);
    ASSERT_NO_FATAL_FAILURE(ExpectSeeks(entry.first));
    for (const uint64_t trailer :
         {kRangeEndTrailer, SeekTrailer(101), SeekTrailer(100), uint64_t{0}}) {
      ASSERT_NO_FATAL_FAILURE(ExpectSeeks(MakeInternalKey(user_key, trailer)));
    }
    // Just after the key, and within its own bytes.
    const std::string longer = std::string(user_key) + '\0';
    ASSERT_NO_FATAL_FAILURE(
        ExpectSeeks(MakeInternalKey(longer, SeekTrailer(kSequenceMax))));
    const std::string_view shorter = user_key.substr(0, user_key.size() - 1);
    ASSERT_NO_FATAL_FAILURE(
        ExpectSeeks(MakeInternalKey(shorter, SeekTrailer(kSequenceMax))));
  }
  for (const char* outside : {"", "a", "kex", "kez", "key999999", "\xff"}) {
    ASSERT_NO_FATAL_FAILURE(ExpectSeeks(MakeInternalKey(outside, 0)));
    ASSERT_NO_FATAL_FAILURE(
        ExpectSeeks(MakeInternalKey(outside, kRangeEndTrailer)));
  }
}

TEST_P(IteratorSuite, ManyVersionsOfOneKeyAreEachReachable) {
  Load(MakeIteratorEntries(3, 500));
  for (SequenceNumber snapshot = 99; snapshot <= 602; ++snapshot) {
    for (const char* user_key : {"key000000", "key000002", "key000004"}) {
      ASSERT_NO_FATAL_FAILURE(
          ExpectSeeks(MakeInternalKey(user_key, SeekTrailer(snapshot))));
    }
  }
}

TEST_P(IteratorSuite, DirectionMayChangeAnywhere) {
  Load(MakeIteratorEntries(200, 2));
  for (size_t i = 1; i + 1 < entries_.size(); ++i) {
    iterator_->Seek(entries_[i].first);
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
    iterator_->Prev();
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i - 1));
    iterator_->Next();
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
    iterator_->Next();
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i + 1));
    iterator_->Prev();
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
  }
}

TEST_P(IteratorSuite, EmptyValuesAndUserKeysOfAnyBytes) {
  IteratorEntries entries;
  for (int c = 0; c < 256; ++c) {
    const std::string user_key(1, static_cast<char>(c));
    entries.emplace_back(
        MakeInternalKey(user_key, PackTrailer(7, ValueType::kPut)), "");
    entries.emplace_back(MakeInternalKey(user_key + std::string(20, '\0'),
                                         PackTrailer(7, ValueType::kPut)),
                         std::string(3000, static_cast<char>(c)));
  }
  Load(std::move(entries));
  iterator_->SeekToFirst();
  for (size_t i = 0; i < entries_.size(); ++i, iterator_->Next()) {
    ASSERT_NO_FATAL_FAILURE(ExpectAt(i));
  }
  for (const auto& entry : entries_) {
    ASSERT_NO_FATAL_FAILURE(ExpectSeeks(entry.first));
  }
}

TEST_P(IteratorSuite, RandomMovesAgreeWithASortedVector) {
  std::mt19937_64 random(TestSeed());
  Load(MakeIteratorEntries(400, 2));
  size_t at = entries_.size();
  for (int step = 0; step < 5000; ++step) {
    const auto& near = entries_[random() % entries_.size()];
    const std::string key =
        MakeInternalKey(UserKey(near.first), SeekTrailer(99 + random() % 5));
    switch (random() % 8) {
      case 0:
        iterator_->SeekToFirst();
        at = 0;
        break;
      case 1:
        iterator_->SeekToLast();
        at = entries_.size() - 1;
        break;
      case 2:
        iterator_->Seek(key);
        at = ModelSeek(key);
        break;
      case 3:
        iterator_->SeekForPrev(key);
        at = ModelSeekForPrev(key);
        break;
      case 4:
      case 5:
        if (at == entries_.size()) continue;
        iterator_->Next();
        ++at;
        break;
      default:
        if (at == entries_.size()) continue;
        iterator_->Prev();
        at = at == 0 ? entries_.size() : at - 1;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectAt(at));
  }
}

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_CONFORMANCE_ITERATOR_SUITE_H_
