// Deliberate bugs: what proves that the tests would notice.
//
// A place that a test guards asks LSMKV_BUG("name") whether to go wrong there.
// In everything deployed the question is the constant false and its branch is
// gone. In the engine built with LSMKV_TEST_HOOKS the environment variable
// LSMKV_DELIBERATE_BUG names the one that is on. tests/engine/fault/bugs.txt
// says which tests each bug must make fail.

#ifndef LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_
#define LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_

#if defined(LSMKV_TEST_HOOKS)

#include <string_view>

namespace lsmkv::engine {

// True if it is the one that is on; says on stderr, once, that it was reached.
bool DeliberateBugIsOn(std::string_view name);

}  // namespace lsmkv::engine

#define LSMKV_BUG(name) (::lsmkv::engine::DeliberateBugIsOn(name))

#else

#define LSMKV_BUG(name) false

#endif

#endif  // LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_
