// Deliberate bugs: what proves that the tests would notice.
//
// A place that a test guards asks LSMKV_BUG("name") whether to go wrong there.
// In everything deployed the question is the constant false and its branch is
// gone; in the engine built with LSMKV_TEST_HOOKS one bug at a time can be
// switched on. Each bug has a test that it makes fail:
// tests/engine/fault/deliberate_bugs_test.cc.

#ifndef LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_
#define LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_

#if defined(LSMKV_TEST_HOOKS)

#include <string_view>

namespace lsmkv::engine {

// Switches the bug of that name on and any other off; "" switches all off.
// Not while a DB is open.
void SetDeliberateBug(std::string_view name);
bool DeliberateBugIsOn(std::string_view name);

}  // namespace lsmkv::engine

#define LSMKV_BUG(name) (::lsmkv::engine::DeliberateBugIsOn(name))

#else

#define LSMKV_BUG(name) false

#endif

#endif  // LSMKV_ENGINE_SRC_UTIL_DELIBERATE_BUG_H_
