// VerifyValues: reads a whole value file, past every cache, and checks all that
// can be known of it: each block, what is in it, the index, the footer, and the
// checksum of the file.
//
// Threads: readers of the same file may run beside it.

#ifndef LSMKV_ENGINE_SRC_TABLE_VALUE_VERIFIER_H_
#define LSMKV_ENGINE_SRC_TABLE_VALUE_VERIFIER_H_

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

#include "engine/src/table/table_verifier.h"
#include "engine/src/table/value_reader.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

// `file` is the value file, opened anew; `checksum` is what the MANIFEST says
// of the whole of it. Calls `on_finding` for each damaged place and goes on.
// The keys of a finding bound that of the value, as the values are in key
// order. CANCELLED if a read of the file was; else OK.
absl::Status VerifyValues(const ValueReader& values,
                          std::unique_ptr<RandomAccessFile> file,
                          uint64_t checksum,
                          absl::FunctionRef<void(TableFinding)> on_finding);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_VALUE_VERIFIER_H_
