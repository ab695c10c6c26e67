// Internal keys: a user key with the sequence number and the type of the
// operation that wrote it, ordered by user key, then newest first.
//
// The last eight bytes, the trailer, are sequence << 8 | type, fixed 64 bit.
// Sequence numbers are the versions that the public API speaks of.

#ifndef LSMKV_ENGINE_SRC_FORMAT_INTERNAL_KEY_H_
#define LSMKV_ENGINE_SRC_FORMAT_INTERNAL_KEY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/src/util/coding.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {

using SequenceNumber = uint64_t;

// Sequences that writes may get. One less than what fits, so that the search
// key of the newest version sorts after kRangeEndTrailer.
inline constexpr SequenceNumber kSequenceMax = (uint64_t{1} << 56) - 2;

// Frozen: these numbers are on disk. Types not listed here belong to later
// formats and are refused.
enum class ValueType : uint8_t {
  kDelete = 0,
  kPut = 1,
  kRangeDelete = 2,
  // Reserved: 3 put with an expiry time.
  // A put whose value is in a value file; the value is a ValueRef. Only in
  // tables: no log and no memtable holds it.
  kPutRef = 4,
  // A put whose value is packed (packed_value.h). In memtables only: no file
  // can hold it.
  kPutPacked = 128,
};

inline constexpr size_t kTrailerBytes = 8;

inline uint64_t PackTrailer(SequenceNumber sequence, ValueType type) {
  return sequence << 8 | static_cast<uint8_t>(type);
}
inline SequenceNumber TrailerSequence(uint64_t trailer) { return trailer >> 8; }
inline ValueType TrailerType(uint64_t trailer) {
  return static_cast<ValueType>(trailer & 0xff);
}
inline bool IsKnownPointType(uint64_t trailer) {
  const uint64_t type = trailer & 0xff;
  return type <= static_cast<uint8_t>(ValueType::kPut) ||
         type == static_cast<uint8_t>(ValueType::kPutRef);
}
// Whether the entry has a value, here or in a value file.
inline bool IsPut(uint64_t trailer) {
  return TrailerType(trailer) == ValueType::kPut ||
         TrailerType(trailer) == ValueType::kPutRef ||
         TrailerType(trailer) == ValueType::kPutPacked;
}

// Sorts before every version of a user key that `sequence` may see, and after
// every later version.
inline uint64_t SeekTrailer(SequenceNumber sequence) {
  return sequence << 8 | 0xff;
}
// Sorts before every version of a user key: the exclusive end of a range.
inline constexpr uint64_t kRangeEndTrailer = UINT64_MAX;

inline std::string_view UserKey(std::string_view internal_key) {
  LSMKV_DCHECK(internal_key.size() >= kTrailerBytes);
  return internal_key.substr(0, internal_key.size() - kTrailerBytes);
}
inline uint64_t Trailer(std::string_view internal_key) {
  LSMKV_DCHECK(internal_key.size() >= kTrailerBytes);
  return DecodeFixed64(internal_key.data() + internal_key.size() -
                       kTrailerBytes);
}

inline void AppendInternalKey(std::string* dst, std::string_view user_key,
                              uint64_t trailer) {
  dst->append(user_key);
  PutFixed64(dst, trailer);
}
inline std::string MakeInternalKey(std::string_view user_key,
                                   uint64_t trailer) {
  std::string key;
  key.reserve(user_key.size() + kTrailerBytes);
  AppendInternalKey(&key, user_key, trailer);
  return key;
}

// Negative, zero or positive as a sorts before, with or after b.
inline int CompareInternal(std::string_view a_user, uint64_t a_trailer,
                           std::string_view b_user, uint64_t b_trailer) {
  const int by_key = a_user.compare(b_user);
  if (by_key != 0) return by_key;
  return a_trailer > b_trailer ? -1 : (a_trailer < b_trailer ? 1 : 0);
}
inline int CompareInternal(std::string_view a, std::string_view b) {
  return CompareInternal(UserKey(a), Trailer(a), UserKey(b), Trailer(b));
}

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_INTERNAL_KEY_H_
