// Random writes for the model and crash tests: the same operation goes to a
// batch of the engine and to a std::map.

#ifndef LSMKV_TESTS_ENGINE_MODEL_RANDOM_OPERATIONS_H_
#define LSMKV_TESTS_ENGINE_MODEL_RANDOM_OPERATIONS_H_

#include <map>
#include <string>
#include <utility>

#include "lsmkv/engine/write_batch.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {

using Model = std::map<std::string, std::string>;

// Keys collide often, share prefixes, and have awkward bytes among them.
inline std::string RandomKey(Random* rng) {
  static const std::string kBytes[] = {"a",    "b", std::string(1, '\0'),
                                       "\xff", "/", "%"};
  std::string key;
  const uint64_t parts = 1 + rng->Uniform(4);
  for (uint64_t i = 0; i < parts; ++i) key += kBytes[rng->Uniform(6)];
  if (rng->OneIn(2)) key += std::to_string(rng->Uniform(50));
  return key;
}

inline std::string RandomValue(Random* rng) {
  // Half of them do not compress, so that levels fill.
  const uint64_t size = rng->OneIn(20) ? rng->Uniform(5000) : rng->Uniform(60);
  if (rng->OneIn(2)) return rng->Bytes(static_cast<size_t>(size));
  return std::string(static_cast<size_t>(size),
                     static_cast<char>(rng->Uniform(256)));
}

inline void ApplyRandomOperation(Random* rng, WriteBatch* batch, Model* model) {
  const uint64_t kind = rng->Uniform(100);
  std::string key = RandomKey(rng);
  if (kind < 65) {
    std::string value = RandomValue(rng);
    batch->Put(key, value);
    (*model)[key] = std::move(value);
  } else if (kind < 96) {
    batch->Delete(key);
    model->erase(key);
  } else {
    std::string end = RandomKey(rng);
    if (end < key) std::swap(key, end);
    if (end == key) end += "x";
    batch->DeleteRange(key, end);
    model->erase(model->lower_bound(key), model->lower_bound(end));
  }
}

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_MODEL_RANDOM_OPERATIONS_H_
