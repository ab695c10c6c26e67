// SalvageValues: reads the values of a damaged store that are in value files,
// and reports those that cannot be read, each by its key.
//
// A file whose footer or index is damaged is searched for blocks by their
// checksums; what is found is told by the key that is stored with it.
//
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_DB_SALVAGE_VALUES_H_
#define LSMKV_ENGINE_SRC_DB_SALVAGE_VALUES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "engine/src/format/value_ref.h"
#include "engine/src/table/block_fetch.h"
#include "engine/src/table/value_format.h"
#include "engine/src/version/value_meta.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/salvage.h"

namespace lsmkv::engine {

class SalvageValues {
 public:
  SalvageValues(Env* env, std::string dir);
  ~SalvageValues();

  // A file that is there, or that the MANIFEST names.
  void Add(uint64_t number, ValuePtr meta) { AddFile(number, std::move(meta)); }

  // Puts the value that `reference`, from a table, leads to in *value; false,
  // and reported, if it cannot be read.
  bool Load(std::string_view reference, std::string_view user_key,
            SequenceNumber sequence, std::string* value);

  // The reports, when all was read.
  std::vector<SalvagedFile> Finish();

 private:
  struct File;

  // `meta` is what the MANIFEST says of the file; null if nobody knows.
  File* AddFile(uint64_t number, ValuePtr meta);
  absl::Status Open(File* file);
  absl::Status ReadFooter(File* file);
  absl::Status ReadIndex(File* file);
  absl::Status LoadFrom(File* file, const ValueRef& ref,
                        std::string_view user_key, SequenceNumber sequence,
                        std::string* value);

  Env* const env_;
  const std::string dir_;
  std::map<uint64_t, std::unique_ptr<File>> files_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_DB_SALVAGE_VALUES_H_
