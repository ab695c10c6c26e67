// Small complete stores as bytes, to be damaged: tables in two levels, stored
// raw, by LZ4 and by Zstandard, with versions, tombstones, range tombstones and
// values larger than a block; logs in use; a MANIFEST with flushes and a
// compaction in it.

#ifndef LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_STORE_H_
#define LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lsmkv/engine/options.h"
#include "tests/support/sim_env.h"

namespace lsmkv::engine {

// By path; every store is in /db.
using FileBytes = std::map<std::string, std::string>;
using Data = std::map<std::string, std::string>;

// A record of a live log.
struct LogPlace {
  std::string path;
  uint64_t begin = 0;
  uint64_t end = 0;  // without padding
  uint64_t first_sequence = 0;
  uint64_t durable_upto = 0;
  bool seal = false;
};

enum class StoreKind {
  kClosed,    // closed in order: the last log is sealed, another is prepared
  kKilled,    // the process died while a flush was under way: an older log, the
              // one in use with unsynced writes, and one prepared
  kManyLogs,  // closed with two logs that hold writes
};
inline constexpr StoreKind kStoreKinds[] = {
    StoreKind::kClosed, StoreKind::kKilled, StoreKind::kManyLogs};
const char* NameOf(StoreKind kind);

struct DamageStore {
  StoreKind kind = StoreKind::kClosed;
  FileBytes files;
  // What some of the files were at an earlier moment of the store's life.
  FileBytes earlier;
  // By version, from the flushed state to the newest one.
  std::map<uint64_t, Data> states;
  std::vector<LogPlace> records;  // of all live logs, in order

  const Data& data() const { return states.rbegin()->second; }
  // Up to the last byte that is not zero.
  uint64_t UsedBytes(const std::string& path) const;
};

// The same kind and seed give the same data under the same names; another seed
// gives other values.
DamageStore MakeStore(StoreKind kind, uint64_t seed);

// Options that give tests what they look for: small blocks, no compaction.
Options DamageOptions(Env* env);
std::unique_ptr<SimEnv> EnvWith(const FileBytes& files);
// All but LOCK.
FileBytes FilesIn(SimEnv* env);

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_STORE_H_
