// ValueMeta: what the engine knows of one value file, with the open reader.
//
// It lives as long as a table that refers to the file: every such table holds
// it (file_meta.h). What no table of the newest version refers to goes when the
// last version with such a table does.

#ifndef LSMKV_ENGINE_SRC_VERSION_VALUE_META_H_
#define LSMKV_ENGINE_SRC_VERSION_VALUE_META_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/src/table/value_reader.h"
#include "engine/src/version/obsolete_files.h"

namespace lsmkv::engine {

struct ValueMeta {
  ValueMeta() = default;
  ~ValueMeta() {
    if (obsolete_sink != nullptr && obsolete.load(std::memory_order_acquire)) {
      reader.reset();
      obsolete_sink->Add({FileKind::kValues, number});
    }
  }
  ValueMeta(const ValueMeta&) = delete;
  ValueMeta& operator=(const ValueMeta&) = delete;

  uint64_t number = 0;
  uint64_t file_id = 0;  // also in the file; tells it from any other
  uint64_t file_bytes = 0;
  uint64_t checksum = 0;  // of the whole file
  uint64_t values = 0;
  uint64_t block_bytes = 0;  // of the values' blocks, with frames

  std::unique_ptr<ValueReader> reader;
  // Set once it is durable in the MANIFEST that no table refers to the file.
  mutable std::atomic<bool> obsolete{false};
  std::shared_ptr<ObsoleteFiles> obsolete_sink;
};

using ValuePtr = std::shared_ptr<const ValueMeta>;

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_VALUE_META_H_
