// What the fuzz targets of the engine ask of a store and of its errors.

#ifndef LSMKV_TESTS_FUZZ_STORE_CHECK_H_
#define LSMKV_TESTS_FUZZ_STORE_CHECK_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "engine/src/iter/internal_iterator.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/verify.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/support/sim_env.h"

namespace lsmkv::fuzz {

using Model = std::map<std::string, std::string>;
using Entries = std::vector<std::pair<std::string, std::string>>;

// Small limits, so that little input reaches much.
engine::Options SmallOptions(SimEnv* env);

// Damage is reported as damage or as a newer format, with the file's path.
void CheckDamageError(const absl::Status& status, std::string_view path);

// The next operation of a batch, applied to `model` too.
void AddOperation(FuzzInput* in, engine::WriteBatch* batch, Model* model);

// Everything that a reader sees, with the status that ended the scan. Forward
// and backward must agree unless one of them failed.
absl::Status ReadBothWays(const engine::DB& db,
                          const engine::ReadOptions& options, Model* contents);

// The same of internal entries, which need not be in order.
absl::Status ReadBothWays(engine::InternalIterator* it, Entries* entries);

// How many damaged places DB::Verify finds. Each must name a file of "/db".
uint64_t Verify(const engine::DB& db);

// Opens the store in "/db", reads it, opens it again. If the first succeeds so
// must the second. Errors must name a file of it. `contents` is what the first
// read; `again` what the second did.
absl::Status OpenTwice(SimEnv* env, Model* contents, Model* again);

}  // namespace lsmkv::fuzz

#endif  // LSMKV_TESTS_FUZZ_STORE_CHECK_H_
