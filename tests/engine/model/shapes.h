// Shapes: what the keys and values of a script look like.

#ifndef LSMKV_TESTS_ENGINE_MODEL_SHAPES_H_
#define LSMKV_TESTS_ENGINE_MODEL_SHAPES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/random_seed.h"

namespace lsmkv::model {

inline constexpr size_t kKeyBytesMax = 16 << 10;
inline constexpr size_t kValueBytesMax = 200 << 10;

struct Shape {
  std::string name;
  // One of a set of some hundred to some thousand keys.
  std::string (*key)(Random*);
  std::string (*value)(Random*);
  // How many scripts a test can afford: large keys take their time.
  int scripts = 5;
};

const std::vector<Shape>& AllShapes();

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_SHAPES_H_
