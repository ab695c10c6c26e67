// The frame of a table file: handles, block trailers and the footer. See
// engine/FORMAT.md, "Tables".

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_FORMAT_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/util/hash.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

inline constexpr uint32_t kTableFormatVersion = 2;
// Of tables without references to value files.
inline constexpr uint32_t kTableFormatWithoutRefs = 1;
// "lsmkvSST" as bytes.
inline constexpr uint64_t kTableMagic = 0x545353766b6d736cULL;
// After every block: how it is compressed (1), checksum (4).
inline constexpr size_t kBlockTrailerBytes = 5;
inline constexpr size_t kFooterBytes = 96;

// Where a block is. `bytes` is without the trailer; 0: there is no such block.
struct BlockHandle {
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

struct Footer {
  BlockHandle filter;
  BlockHandle range_tombstones;
  BlockHandle properties;
  BlockHandle index;
  uint64_t file_id = 0;
  uint32_t format_version = kTableFormatWithoutRefs;
};

std::string EncodeFooter(const Footer& footer);
// `bytes` are the last kFooterBytes of a file of `file_bytes`. The handles it
// returns lie within the file.
absl::StatusOr<Footer> DecodeFooter(std::string_view path, uint64_t file_bytes,
                                    std::string_view bytes);

// The trailer of a block at `offset` that is stored as `contents`.
std::string EncodeBlockTrailer(uint64_t file_id, uint64_t offset,
                               Compression compression,
                               std::string_view contents);

struct StoredBlock {
  std::string_view contents;
  Compression compression;
};
// Checks a block with its trailer, as read at `offset`.
absl::StatusOr<StoredBlock> CheckBlock(std::string_view path, uint64_t file_id,
                                       uint64_t offset, std::string_view bytes);

// Tells where the block at `offset` of a file ends if nothing else does: its
// bytes come piece by piece, and the end is where what follows is its trailer.
class BlockEndCheck {
 public:
  BlockEndCheck(uint64_t file_id, uint64_t offset);

  void Update(std::string_view contents) { hash_.Update(contents); }
  // Whether kBlockTrailerBytes of `trailer` fit all that came so far. Takes the
  // same time however much that is.
  bool EndsWith(std::string_view trailer) const;

 private:
  StreamingHash64 hash_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_FORMAT_H_
