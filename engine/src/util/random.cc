#include "engine/src/util/random.h"

#include <random>

namespace lsmkv::engine {

uint64_t RandomFileId() {
  thread_local std::random_device device;
  uint64_t id = 0;
  while (id == 0) {
    id = static_cast<uint64_t>(device()) << 32 | device();
  }
  return id;
}

}  // namespace lsmkv::engine
