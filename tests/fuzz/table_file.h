// A table file taken apart: its data region and the contents of the blocks
// behind it, which a fuzz target may change and put together again with
// checksums that fit.

#ifndef LSMKV_TESTS_FUZZ_TABLE_FILE_H_
#define LSMKV_TESTS_FUZZ_TABLE_FILE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/src/format/range_tombstone.h"
#include "engine/src/table/index.h"
#include "engine/src/table/table_builder.h"
#include "engine/src/table/table_format.h"
#include "engine/src/util/coding.h"
#include "engine/src/util/hash.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/store_check.h"

namespace lsmkv::fuzz {

inline constexpr uint64_t kFileId = 0x1122334455667788;

// The bytes of a table with these entries, which are sorted.
inline std::string BuildTable(
    const Entries& entries,
    const std::vector<engine::RangeTombstone>& tombstones,
    engine::TableBuildOptions options, engine::TableSummary* summary) {
  SimEnv env;
  options.file_id = kFileId;
  const auto file = env.NewWritableFile("/table");
  FUZZ_CHECK(file.ok());
  engine::TableBuilder builder(options, file->get());
  for (const auto& [key, value] : entries) {
    FUZZ_CHECK(builder.Add(key, value).ok());
  }
  for (const engine::RangeTombstone& tombstone : tombstones) {
    builder.AddRangeTombstone(tombstone.begin, tombstone.end,
                              tombstone.sequence);
  }
  auto finished = builder.Finish();
  FUZZ_CHECK(finished.ok());
  *summary = *std::move(finished);
  return *env.ReadFile("/table");
}

class TableFile {
 public:
  // As in the footer.
  enum Meta { kFilter, kRangeTombstones, kProperties, kIndex, kMetas };

  // `bytes` is a sound table whose index is not compressed.
  explicit TableFile(const std::string& bytes) {
    const auto footer = engine::DecodeFooter(
        "", bytes.size(),
        std::string_view(bytes).substr(bytes.size() - engine::kFooterBytes));
    FUZZ_CHECK(footer.ok());
    const engine::BlockHandle handles[kMetas] = {
        footer->filter, footer->range_tombstones, footer->properties,
        footer->index};
    size_t data_bytes = bytes.size();
    for (size_t i = 0; i < kMetas; ++i) {
      const auto offset = static_cast<size_t>(handles[i].offset);
      const auto size = static_cast<size_t>(handles[i].bytes);
      if (size == 0) continue;
      metas_[i].contents = bytes.substr(offset, size);
      metas_[i].compression = static_cast<uint8_t>(bytes[offset + size]);
      data_bytes = std::min(data_bytes, offset);
    }
    data_ = bytes.substr(0, data_bytes);
    engine::TableIndex index;
    if (metas_[kIndex].compression == 0 &&
        index.Parse(engine::MetaBlock(metas_[kIndex].contents))) {
      for (uint32_t i = 0; i < index.size(); ++i) {
        blocks_.emplace_back(index.block_offset(i), index.block_bytes(i));
      }
    }
  }

  // Changes some part as the input says.
  void Change(FuzzInput* in) {
    const size_t part = in->Below(kMetas + 2);
    if (part < kMetas) {
      Block& meta = metas_[part];
      if (in->Below(4) == 0) meta.compression = in->Byte();
      ChangeBytes(in, &meta.contents);
    } else if (part == kMetas) {
      ChangeBytes(in, &footer_patch_);
    } else if (!data_.empty()) {
      const size_t at = static_cast<size_t>(in->Number() % data_.size());
      data_[at] = static_cast<char>(data_[at] ^ in->Byte());
    }
  }

  // The whole file, every checksum made anew.
  std::string Assemble() const {
    std::string out = data_;
    for (const auto& [offset, bytes] : blocks_) {
      const size_t size = static_cast<size_t>(bytes);
      Seal(static_cast<size_t>(offset), size - engine::kBlockTrailerBytes,
           static_cast<uint8_t>(out[static_cast<size_t>(offset) + size -
                                    engine::kBlockTrailerBytes]),
           &out);
    }
    std::string footer;
    for (const Block& meta : metas_) {
      engine::PutFixed64(&footer, out.size());
      engine::PutFixed64(&footer, meta.contents.size());
      if (meta.contents.empty()) continue;
      const size_t offset = out.size();
      out += meta.contents;
      out.resize(out.size() + engine::kBlockTrailerBytes);
      Seal(offset, meta.contents.size(), meta.compression, &out);
    }
    engine::PutFixed64(&footer, kFileId);
    engine::PutFixed32(&footer, 0);
    engine::PutFixed32(&footer, engine::kTableFormatVersion);
    for (size_t i = 0; i < footer.size() && i < footer_patch_.size(); ++i) {
      footer[i] = static_cast<char>(footer[i] ^ footer_patch_[i]);
    }
    engine::PutFixed64(&footer, engine::Hash64(footer));
    engine::PutFixed64(&footer, engine::kTableMagic);
    return out + footer;
  }

 private:
  struct Block {
    std::string contents;
    uint8_t compression = 0;
  };

  static void ChangeBytes(FuzzInput* in, std::string* bytes) {
    const size_t at =
        bytes->empty() ? 0 : static_cast<size_t>(in->Number() % bytes->size());
    switch (in->Below(4)) {
      case 0:
        *bytes = in->String();
        break;
      case 1:
        bytes->insert(at, in->String());
        break;
      case 2:
        bytes->erase(at, in->Below(16));
        break;
      default:
        if (bytes->empty()) bytes->resize(engine::kFooterBytes);
        (*bytes)[at] = static_cast<char>((*bytes)[at] ^ in->Byte());
    }
  }

  static void Seal(size_t offset, size_t size, uint8_t compression,
                   std::string* out) {
    const std::string trailer = engine::EncodeBlockTrailer(
        kFileId, offset, static_cast<engine::Compression>(compression),
        std::string_view(*out).substr(offset, size));
    out->replace(offset + size, trailer.size(), trailer);
  }

  std::string data_;
  std::vector<std::pair<uint64_t, uint64_t>> blocks_;  // offset, whole size
  std::array<Block, kMetas> metas_;
  std::string footer_patch_;  // to be xored
};

}  // namespace lsmkv::fuzz

#endif  // LSMKV_TESTS_FUZZ_TABLE_FILE_H_
