// JobContext: what every flush and compaction works with.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_JOB_CONTEXT_H_
#define LSMKV_ENGINE_SRC_COMPACTION_JOB_CONTEXT_H_

#include <string>

#include "engine/src/version/version_set.h"
#include "lsmkv/engine/env.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

// All borrowed.
struct JobContext {
  Env* env = nullptr;
  std::string dir;
  const Options* options = nullptr;
  VersionSet* versions = nullptr;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_JOB_CONTEXT_H_
