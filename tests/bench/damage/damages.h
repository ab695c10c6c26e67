// Damages: every way in which the comparison hurts a store's files. The same
// rule makes the list for every engine, from the names and sizes of its files.

#ifndef LSMKV_TESTS_BENCH_DAMAGE_DAMAGES_H_
#define LSMKV_TESTS_BENCH_DAMAGE_DAMAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::damage {

enum class DamageKind : uint8_t {
  kFlip,      // one bit of the byte at `offset`
  kTruncate,  // the file ends at `offset`
  kZeroPage,  // the 4 KiB from `offset` on
  kDelete,
  kSwap,  // with `other`
};
inline constexpr int kDamageKinds = 5;

const char* Name(DamageKind kind);

struct Damage {
  DamageKind kind;
  std::string file;
  uint64_t offset = 0;
  std::string other;
};

// A flip and, in logs and MANIFESTs, a cut at so many places of each file at
// most, evenly spread; every page; every file; every two files.
//
// What an engine reserved at a file's end and never wrote is left alone, and so
// are the files without data: locks, texts for people, options, identity.
absl::StatusOr<std::vector<Damage>> ListDamages(const std::string& folder,
                                                uint64_t places_per_file);

absl::Status Apply(const Damage& damage, const std::string& folder);

}  // namespace lsmkv::damage

#endif  // LSMKV_TESTS_BENCH_DAMAGE_DAMAGES_H_
