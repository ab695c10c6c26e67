// Records: what every store in the comparison is filled with, and what must be
// read from it.

#ifndef LSMKV_TESTS_BENCH_DAMAGE_RECORDS_H_
#define LSMKV_TESTS_BENCH_DAMAGE_RECORDS_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"

#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {

struct Records {
  std::map<std::string, std::string, std::less<>> live;
  std::set<std::string, std::less<>> deleted;
};

// Two tables, the second with overwritten and deleted records of the first,
// and the same again in the log. Every write is synced.
absl::Status Fill(OpenStore* store);

// What Fill leaves.
const Records& Expected();

}  // namespace lsmkv::damage

#endif  // LSMKV_TESTS_BENCH_DAMAGE_RECORDS_H_
