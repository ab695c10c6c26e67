// The properties of a table: what it says about itself, by name, so that later
// versions can say more. And the block of range tombstones, which is coded
// alike.

#ifndef LSMKV_ENGINE_SRC_TABLE_PROPERTIES_H_
#define LSMKV_ENGINE_SRC_TABLE_PROPERTIES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/src/format/range_tombstone.h"

namespace lsmkv::engine {

// Names are "lsmkv.<what>"; integers are stored as varints.
class TableProperties {
 public:
  void Set(std::string_view name, uint64_t value);
  void Set(std::string_view name, std::string_view value);
  // False if there is no such property, or it is no integer.
  bool Get(std::string_view name, uint64_t* value) const;

  // Every property with its bytes, by name; unknown ones too.
  const std::map<std::string, std::string, std::less<>>& all() const {
    return values_;
  }

  std::string Encode() const;
  // False if the contents are damaged.
  bool Parse(std::string_view contents);

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

std::string EncodeRangeTombstones(const std::vector<RangeTombstone>& list);
// False if the contents are damaged.
bool ParseRangeTombstones(std::string_view contents,
                          std::vector<RangeTombstone>* list);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_PROPERTIES_H_
