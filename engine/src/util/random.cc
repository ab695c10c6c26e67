#include "engine/src/util/random.h"

#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

uint64_t RandomFileId(Env* env) {
  uint64_t id = 0;
  while (id == 0) id = env->RandomBits();
  return id;
}

}  // namespace lsmkv::engine
