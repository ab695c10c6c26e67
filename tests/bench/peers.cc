#include "tests/bench/peers.h"

namespace lsmkv::bench {

std::vector<Engine> BuiltEngines() {
  std::vector<Engine> engines;
  engines.push_back(LsmkvEngine());
  engines.push_back(LsmkvTieredEngine());
  engines.push_back(LsmkvLazyEngine());
#ifdef LSMKV_BENCH_HAVE_ROCKSDB
  engines.push_back(RocksdbEngine());
  engines.push_back(RocksdbHashEngine());
#endif
#ifdef LSMKV_BENCH_HAVE_LEVELDB
  engines.push_back(LeveldbEngine());
#endif
  return engines;
}

std::vector<std::string> AbsentEngines() {
  std::vector<std::string> names;
#ifndef LSMKV_BENCH_HAVE_ROCKSDB
  names.push_back("rocksdb");
#endif
#ifndef LSMKV_BENCH_HAVE_LEVELDB
  names.push_back("leveldb");
#endif
  return names;
}

}  // namespace lsmkv::bench
