// VerifyTable: reads a whole table file, past every cache, and checks all that
// can be known of it: each block, the order of its keys, that filter, index
// and the search within blocks lead to every key, what the properties and the
// MANIFEST say, and the checksum of the file.
//
// Threads: readers of the same table may run beside it.

#ifndef LSMKV_ENGINE_SRC_TABLE_TABLE_VERIFIER_H_
#define LSMKV_ENGINE_SRC_TABLE_TABLE_VERIFIER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "engine/src/table/table_builder.h"
#include "engine/src/table/table_reader.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

struct TableFinding {
  uint64_t offset = 0;
  std::string smallest_key;  // user keys that bound what is affected
  std::string largest_key;
  absl::Status status;
};

// OK if there is such a value.
using CheckRef = absl::FunctionRef<absl::Status(const ValueRef&)>;

// `file` is the table's file, opened anew: what the table's own handle sees
// may no longer be what has the name. `claims` is what the MANIFEST says; its
// raw byte counts are not looked at. Calls `on_finding` for each damaged place
// and goes on. CANCELLED if a read of the file was; else OK.
absl::Status VerifyTable(const TableReader& table,
                         std::unique_ptr<RandomAccessFile> file,
                         const TableSummary& claims, CheckRef check_ref,
                         absl::FunctionRef<void(TableFinding)> on_finding);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_TABLE_VERIFIER_H_
