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

// Everything that a reader sees, with the status that ended the scan. *agrees
// becomes false where keys are out of order, or forward and backward differ
// though neither failed.
absl::Status ReadBothWays(const engine::DB& db,
                          const engine::ReadOptions& options, Model* contents,
                          bool* agrees);
// The same where all must agree.
absl::Status ReadBothWays(const engine::DB& db,
                          const engine::ReadOptions& options, Model* contents);

// The same of internal entries, which need not be in order.
absl::Status ReadBothWays(engine::InternalIterator* it, Entries* entries);

// How many damaged places DB::Verify finds. Each must name a file of "/db".
uint64_t Verify(const engine::DB& db);

// Opens the store in "/db", reads and verifies it, opens it again and reads. If
// the first succeeds so must the second. Errors must name a file of it.
struct Reopened {
  absl::Status status;  // of the first opening or reading
  Model contents;
  Model again;
  bool agrees = true;
  uint64_t findings = 0;
};
Reopened OpenTwice(SimEnv* env);

}  // namespace lsmkv::fuzz

#endif  // LSMKV_TESTS_FUZZ_STORE_CHECK_H_
