// What checksums cannot tell: tables whose every checksum is right, and which
// say what is not so. Only a writer that went wrong makes them.

#include "engine/src/table/table_verifier.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/engine/table/table_fixture.h"

namespace lsmkv::engine {
namespace {

class TableVerifierTest : public ::testing::Test {
 protected:
  TableVerifierTest() {
    Entries entries = NumberedEntries(40, 20);
    entries.emplace_back(DeleteKey("userz", 90), "");
    TableBuildOptions options;
    options.block_bytes = 400;
    built_ = BuildTable(entries, options, {{"a", "b", 95}});
    footer_ = *DecodeFooter("t", built_.bytes.size(),
                            std::string_view(built_.bytes)
                                .substr(built_.bytes.size() - kFooterBytes));
  }
  // Changes the contents of a block, and makes its checksum fit.
  void Rewrite(BlockHandle handle,
               const std::function<void(std::string*)>& change) {
    std::string contents = built_.bytes.substr(handle.offset, handle.bytes);
    change(&contents);
    ASSERT_EQ(contents.size(), handle.bytes);
    built_.bytes.replace(
        handle.offset, handle.bytes + kBlockTrailerBytes,
        contents + EncodeBlockTrailer(kTestFileId, handle.offset,
                                      Compression::kNone, contents));
    built_.summary.file_checksum = Hash64(built_.bytes);
  }
  // The first data block; tables of this size have several.
  BlockHandle FirstBlock() {
    auto table = OpenTable(built_.bytes);
    EXPECT_TRUE(table.ok());
    const uint64_t end =
        (*table)->ApproximateOffset(PutKey(NumberKey(2 * 39), 1));
    for (uint64_t bytes = 1; bytes < end; ++bytes) {
      const BlockHandle handle{0, bytes};
      if (CheckBlock("t", kTestFileId, 0,
                     built_.bytes.substr(0, bytes + kBlockTrailerBytes))
              .ok()) {
        return handle;
      }
    }
    ADD_FAILURE();
    return {};
  }
  std::vector<TableFinding> Findings() {
    auto table = OpenTable(built_.bytes);
    EXPECT_TRUE(table.ok()) << table.status().message();
    return FindingsIn(**table, built_.bytes, built_.summary);
  }
  void ExpectFound(uint64_t offset, const std::string& what) {
    const std::vector<TableFinding> findings = Findings();
    ASSERT_FALSE(findings.empty()) << what;
    EXPECT_EQ(findings[0].offset, offset);
    EXPECT_NE(findings[0].status.message().find(what), std::string::npos)
        << findings[0].status;
  }

  BuiltTable built_;
  Footer footer_;
};

TEST_F(TableVerifierTest, SoundTableHasNoFindings) {
  EXPECT_TRUE(Findings().empty());
}

TEST_F(TableVerifierTest, FilterThatDeniesAKeyIsFound) {
  Rewrite(footer_.filter, [](std::string* contents) {
    std::fill(contents->begin(), contents->end() - 5, '\0');
  });
  ExpectFound(0, "the filter denies a key");
}

TEST_F(TableVerifierTest, HashByteThatHidesAKeyIsFound) {
  const BlockHandle block = FirstBlock();
  Rewrite(block, [](std::string* contents) {
    const size_t prefix = static_cast<uint8_t>((*contents)[4]);
    (*contents)[kDataBlockHeaderBytes + prefix] ^= 1;
  });
  ExpectFound(0, "the search in the block");
}

TEST_F(TableVerifierTest, KeysOutOfOrderAreFound) {
  const BlockHandle block = FirstBlock();
  Rewrite(block, [](std::string* contents) {
    // The last byte of the first entry's key: behind its lengths and trailer.
    DataBlock* parsed = DataBlock::New(contents->size());
    contents->copy(parsed->contents(), contents->size());
    ASSERT_TRUE(parsed->Parse());
    const DataBlock::Entry entry = parsed->Decode(0);
    const size_t at = static_cast<size_t>(
        entry.suffix.data() + entry.suffix.size() - 1 - parsed->contents());
    (*contents)[at] = '~';
    parsed->Unref();
  });
  EXPECT_FALSE(Findings().empty());
}

TEST_F(TableVerifierTest, IndexThatLeadsElsewhereIsFound) {
  Rewrite(footer_.index, [](std::string* contents) {
    // The last separator is the last key: now that is behind it.
    ASSERT_EQ(contents->back(), 'z');
    contents->back() = 'y';
  });
  const std::vector<TableFinding> findings = Findings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].status.message().find("the index leads"),
            std::string::npos);
}

TEST_F(TableVerifierTest, WrongPropertiesAreFound) {
  Rewrite(footer_.properties, [](std::string* contents) {
    const std::string name = "lsmkv.records";
    const size_t at = contents->find(name) + name.size() + 1;
    (*contents)[at] ^= 1;
  });
  ExpectFound(footer_.properties.offset, "lsmkv.records");
}

TEST_F(TableVerifierTest, EveryClaimOfTheManifestIsCompared) {
  const TableSummary sound = built_.summary;
  const std::pair<const char*, std::function<void(TableSummary*)>> claims[] = {
      {"number of records", [](TableSummary* s) { ++s->records; }},
      {"number of deletions", [](TableSummary* s) { ++s->tombstones; }},
      {"number of range del", [](TableSummary* s) { ++s->range_tombstones; }},
      {"smallest sequence", [](TableSummary* s) { ++s->smallest_sequence; }},
      {"largest sequence", [](TableSummary* s) { ++s->largest_sequence; }},
      {"smallest key", [](TableSummary* s) { s->smallest[0] = 'A'; }},
      {"largest key", [](TableSummary* s) { s->largest[0] = 'z'; }},
      {"checksum of the whole", [](TableSummary* s) { ++s->file_checksum; }},
  };
  for (const auto& [what, change] : claims) {
    built_.summary = sound;
    change(&built_.summary);
    ExpectFound(0, what);
  }
}

TEST_F(TableVerifierTest, FooterOfAnotherTableIsFound) {
  auto table = OpenTable(built_.bytes);
  ASSERT_TRUE(table.ok());
  std::string bytes = built_.bytes;
  Footer footer = footer_;
  ++footer.file_id;
  bytes.replace(bytes.size() - kFooterBytes, kFooterBytes,
                EncodeFooter(footer));
  const auto findings = FindingsIn(**table, bytes, built_.summary);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].status.message().find("another file"),
            std::string::npos);
}

TEST_F(TableVerifierTest, EveryCutIsFound) {
  auto table = OpenTable(built_.bytes);
  ASSERT_TRUE(table.ok());
  for (size_t n = 0; n < built_.bytes.size(); n += 13) {
    const auto findings =
        FindingsIn(**table, built_.bytes.substr(0, n), built_.summary);
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings[0].offset, n);
  }
}

}  // namespace
}  // namespace lsmkv::engine
