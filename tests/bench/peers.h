// The engines this program was built with.

#ifndef LSMKV_TESTS_BENCH_PEERS_H_
#define LSMKV_TESTS_BENCH_PEERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/peer.h"

namespace lsmkv::bench {

struct Engine {
  std::string name;
  std::string version;
  // What is set beyond PeerSettings, and what cannot be set; for the report.
  std::string notes;
  PeerOpener open;
  // Whether it can write without a log (WriteMode::kNoLog).
  bool can_skip_log = false;
  // Another engine with other options, which help point reads. Measured only
  // if it is named, and by a suite where they matter.
  bool is_variant = false;
  // Measured only if it is named, whatever the suite.
  bool only_if_named = false;
};

// The name of the engine that the others are compared with.
inline constexpr std::string_view kOurs = "lsmkv";
// Ours with other options is named "lsmkv-...": it is compared with nothing,
// and nothing with it.
inline constexpr std::string_view kOursOtherwise = "lsmkv-";
// The peer whose memory, disk and tails are the measure of ours.
inline constexpr std::string_view kRocksdb = "rocksdb";

Engine LsmkvEngine();
Engine LsmkvTieredEngine();
Engine LsmkvLazyEngine();
Engine RocksdbEngine();      // only with LSMKV_BENCH_HAVE_ROCKSDB
Engine RocksdbHashEngine();  // the same
Engine LeveldbEngine();      // only with LSMKV_BENCH_HAVE_LEVELDB

// Those present, ours first.
std::vector<Engine> BuiltEngines();
// The names of the peers that were not found when this was built.
std::vector<std::string> AbsentEngines();

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_PEERS_H_
