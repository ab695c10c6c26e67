// Scripts: random operations on keys of one shape.

#ifndef LSMKV_TESTS_ENGINE_MODEL_SCRIPT_H_
#define LSMKV_TESTS_ENGINE_MODEL_SCRIPT_H_

#include <cstddef>
#include <cstdint>

#include "tests/engine/model/operation.h"
#include "tests/engine/model/shapes.h"

namespace lsmkv::model {

// `length` operations that depend on nothing but the arguments. The first
// opens the store; the last ones read all of it, both ways.
Script MakeScript(const Shape& shape, uint64_t seed, size_t length);

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_SCRIPT_H_
