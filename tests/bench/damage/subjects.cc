#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {

std::vector<Subject> AllSubjects() {
  std::vector<Subject> subjects;
#ifdef LSMKV_BENCH_HAVE_LEVELDB
  AddLeveldb(&subjects);
#endif
#ifdef LSMKV_BENCH_HAVE_ROCKSDB
  AddRocksdb(&subjects);
#endif
  AddLsmkv(&subjects);
  return subjects;
}

}  // namespace lsmkv::damage
