#include "engine/src/util/deliberate_bug.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace lsmkv::engine {

bool DeliberateBugIsOn(std::string_view name) {
  static const char* const chosen = std::getenv("LSMKV_DELIBERATE_BUG");
  if (chosen == nullptr || name != chosen) return false;
  static std::atomic<bool> reached{false};
  if (!reached.exchange(true)) {
    std::fprintf(stderr, "deliberate bug reached: %s\n", chosen);
  }
  return true;
}

}  // namespace lsmkv::engine
