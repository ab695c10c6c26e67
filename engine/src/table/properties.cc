#include "engine/src/table/properties.h"

#include "engine/src/util/coding.h"

namespace lsmkv::engine {

void TableProperties::Set(std::string_view name, uint64_t value) {
  std::string coded;
  PutVarint64(&coded, value);
  values_.insert_or_assign(std::string(name), std::move(coded));
}

void TableProperties::Set(std::string_view name, std::string_view value) {
  values_.insert_or_assign(std::string(name), std::string(value));
}

bool TableProperties::Get(std::string_view name, uint64_t* value) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return false;
  Decoder in(found->second);
  return in.GetVarint64(value) && in.empty();
}

std::string TableProperties::Encode() const {
  std::string out;
  PutVarint64(&out, values_.size());
  for (const auto& [name, value] : values_) {
    PutLengthPrefixed(&out, name);
    PutLengthPrefixed(&out, value);
  }
  return out;
}

bool TableProperties::Parse(std::string_view contents) {
  Decoder in(contents);
  uint64_t n;
  if (!in.GetVarint64(&n)) return false;
  for (uint64_t i = 0; i < n; ++i) {
    std::string_view name;
    std::string_view value;
    if (!in.GetLengthPrefixed(&name) || !in.GetLengthPrefixed(&value)) {
      return false;
    }
    Set(name, value);
  }
  return in.empty();
}

std::string EncodeRangeTombstones(const std::vector<RangeTombstone>& list) {
  std::string out;
  PutVarint64(&out, list.size());
  for (const RangeTombstone& tombstone : list) {
    PutLengthPrefixed(&out, tombstone.begin);
    PutLengthPrefixed(&out, tombstone.end);
    PutVarint64(&out, tombstone.sequence);
  }
  return out;
}

bool ParseRangeTombstones(std::string_view contents,
                          std::vector<RangeTombstone>* list) {
  Decoder in(contents);
  uint64_t n;
  if (!in.GetVarint64(&n)) return false;
  for (uint64_t i = 0; i < n; ++i) {
    std::string_view begin;
    std::string_view end;
    uint64_t sequence;
    if (!in.GetLengthPrefixed(&begin) || !in.GetLengthPrefixed(&end) ||
        !in.GetVarint64(&sequence) || sequence > kSequenceMax || begin >= end) {
      return false;
    }
    list->push_back({std::string(begin), std::string(end), sequence});
  }
  return in.empty();
}

}  // namespace lsmkv::engine
