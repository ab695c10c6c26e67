// Bugs that other engines had with sizes, encodings and bounds, each as a test
// of what this one does instead. tests/KNOWN_BUGS.md names the originals.

#include <sys/mman.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

#include "tests/engine/fault/known/known_bug_fixture.h"

namespace lsmkv::engine {
namespace {

using KnownSizeBugTest = KnownBugTest;
using Records = std::map<std::string, std::string>;

// The keys that go through every interface (tests/e2e/awkward_keys_test.py).
std::vector<std::string> AwkwardKeys() {
  std::ifstream file(LSMKV_AWKWARD_KEYS);
  std::vector<std::string> keys;
  for (std::string line; std::getline(file, line);) {
    keys.push_back(absl::HexStringToBytes(line));
  }
  EXPECT_EQ(keys.size(), 12u) << LSMKV_AWKWARD_KEYS;
  return keys;
}

// A length of more than 32 bits, cut to 32.
TEST_F(KnownSizeBugTest, AValueOfFourGibibytesIsRefusedAndNotCopied) {
  ASSERT_OK(TryOpen());
  const size_t size = (size_t{4} << 30) + 5;
  void* const zeros = ::mmap(nullptr, size, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                             0);  // takes no memory
  ASSERT_NE(zeros, MAP_FAILED);
  const std::string_view huge(static_cast<const char*>(zeros), size);
  EXPECT_STATUS_CONTAINS(db_->Put({}, "key", huge),
                         absl::StatusCode::kInvalidArgument,
                         std::to_string(size));
  EXPECT_STATUS(db_->Put({}, huge, "value"),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->Delete({}, huge), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->DeleteRange({}, "a", huge),
                absl::StatusCode::kInvalidArgument);
  ::munmap(zeros, size);
  EXPECT_EQ(Contents(), Records());
}

TEST_F(KnownSizeBugTest, KeysAndValuesOfTheLimitPassAndOneByteMoreDoesNot) {
  options_.value_bytes_max = 100'000;
  ASSERT_OK(TryOpen());
  const std::string key(options_.key_bytes_max, 'k');
  const std::string value(options_.value_bytes_max, 'v');
  Put(key, value);
  EXPECT_STATUS(db_->Put({}, key + "k", ""),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->Put({}, "key", value + "v"),
                absl::StatusCode::kInvalidArgument);
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_OK(db_->Flush());
    }
    EXPECT_EQ(Contents(), (Records{{key, value}}));
  }
}

// A NUL, an 0xff or an escape that something on the way took for its own.
TEST_F(KnownSizeBugTest, AwkwardKeysAreKeysLikeOthers) {
  ASSERT_OK(TryOpen());
  const std::vector<std::string> keys = AwkwardKeys();
  Records expected;
  for (const std::string& key : keys) {
    Put(key, "value of " + key);
    expected[key] = "value of " + key;
  }
  for (int state = 0; state < 3; ++state) {
    if (state == 1) {
      ASSERT_OK(db_->Flush());
    }
    if (state == 2) {
      ASSERT_OK(TryOpen());
    }
    EXPECT_EQ(Contents(), expected);
    for (const std::string& key : keys) {
      EXPECT_EQ(*db_->Get(key), "value of " + key);
      // Neither its beginning nor what goes on from it.
      EXPECT_EQ(db_->Get(key + '\0').ok(), expected.count(key + '\0') > 0);
    }
  }
  // A range of this one key alone.
  for (const std::string& key : keys) {
    ASSERT_OK(db_->DeleteRange({}, key, key + '\0'));
    expected.erase(key);
    EXPECT_EQ(Contents(), expected);
  }
}

TEST_F(KnownSizeBugTest, AnEmptyValueIsNoAbsence) {
  ASSERT_OK(TryOpen());
  Put("key", "");
  for (const bool flushed : {false, true}) {
    if (flushed) {
      ASSERT_OK(db_->Flush());
    }
    EXPECT_EQ(*db_->Get("key"), "");
    EXPECT_EQ(Contents(), (Records{{"key", ""}}));
  }
  ASSERT_OK(db_->Delete({}, "key"));
  EXPECT_STATUS(db_->Get("key"), absl::StatusCode::kNotFound);
  EXPECT_STATUS(db_->Get(""), absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->Delete({}, ""), absl::StatusCode::kInvalidArgument);
}

// Ends that are empty, equal, the wrong way round, one NUL or all 0xff.
TEST_F(KnownSizeBugTest, BoundsMeanWhatTheySayAtTheirEdges) {
  ASSERT_OK(TryOpen());
  const std::string nul(1, '\0');
  const std::string high = "\xff\xff";
  const Records all = {{nul, "0"}, {"a", "1"}, {"b", "2"}, {high, "3"}};
  for (const auto& record : all) Put(record.first, record.second);
  const auto between = [&](std::string_view lower, std::string_view upper) {
    ReadOptions read;
    read.lower_bound = lower;
    read.upper_bound = upper;
    return Contents(read);
  };
  EXPECT_EQ(between("", ""), all);
  EXPECT_EQ(between("a", "a"), Records());
  EXPECT_EQ(between("b", "a"), Records());
  EXPECT_EQ(between("", nul), Records());
  EXPECT_EQ(between(nul, "a"), (Records{{nul, "0"}}));
  EXPECT_EQ(between("b", high), (Records{{"b", "2"}}));
  EXPECT_EQ(between(high, ""), (Records{{high, "3"}}));
  EXPECT_EQ(between(high, PrefixEnd(high)), (Records{{high, "3"}}));
  EXPECT_STATUS(db_->DeleteRange({}, "a", "a"),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->DeleteRange({}, "b", "a"),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->DeleteRange({}, "", nul),
                absl::StatusCode::kInvalidArgument);
  EXPECT_STATUS(db_->DeleteRange({}, "a", ""),
                absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Contents(), all);
}

}  // namespace
}  // namespace lsmkv::engine
