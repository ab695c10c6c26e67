// CURRENT: the small file that names the MANIFEST in force (engine/FORMAT.md,
// "CURRENT"). It is replaced atomically, and carries a checksum of its own.

#ifndef LSMKV_ENGINE_SRC_VERSION_CURRENT_FILE_H_
#define LSMKV_ENGINE_SRC_VERSION_CURRENT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

// The number of the MANIFEST. NOT_FOUND if there is no CURRENT, DATA_LOSS if
// its bytes are not what WriteCurrent writes.
absl::StatusOr<uint64_t> ReadCurrent(Env* env, const std::string& dir);

// Points CURRENT to the MANIFEST, durably.
absl::Status WriteCurrent(Env* env, const std::string& dir, uint64_t number);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_CURRENT_FILE_H_
