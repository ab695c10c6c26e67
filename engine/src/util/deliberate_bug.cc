#include "engine/src/util/deliberate_bug.h"

#include <string>

namespace lsmkv::engine {
namespace {

// Never destroyed: threads may ask at the very end of the process.
std::string& NameOfBug() {
  static auto* name = new std::string;
  return *name;
}

}  // namespace

void SetDeliberateBug(std::string_view name) { NameOfBug() = name; }

bool DeliberateBugIsOn(std::string_view name) { return NameOfBug() == name; }

}  // namespace lsmkv::engine
