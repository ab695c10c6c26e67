#include "engine/src/util/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace lsmkv::engine {

uint64_t Hash64(std::string_view data, uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

struct StreamingHash64::State {
  XXH3_state_t xxh;
};

StreamingHash64::StreamingHash64(uint64_t seed)
    : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh);  // a reset reads the seed that was there
  XXH3_64bits_reset_withSeed(&state_->xxh, seed);
}

StreamingHash64::~StreamingHash64() = default;

void StreamingHash64::Update(std::string_view data) {
  XXH3_64bits_update(&state_->xxh, data.data(), data.size());
}

uint64_t StreamingHash64::Digest() const {
  return XXH3_64bits_digest(&state_->xxh);
}

}  // namespace lsmkv::engine
