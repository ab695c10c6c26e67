// Report: how often each engine did what, as a table and as JSON.

#ifndef LSMKV_TESTS_BENCH_DAMAGE_REPORT_H_
#define LSMKV_TESTS_BENCH_DAMAGE_REPORT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/damage/damages.h"
#include "tests/bench/damage/trial.h"

namespace lsmkv::damage {

struct Counts {
  std::array<std::array<uint64_t, kOutcomes>, kDamageKinds> of = {};

  uint64_t Of(Outcome outcome) const;
  uint64_t all() const;
};

// One engine with one set of options and one store.
struct Line {
  std::string engine;
  std::string version;
  std::string options;
  bool closed = true;
  Counts counts;
  std::vector<std::string> bad;  // the trials lost, wrong or crashed, in words
};

std::string MakeTable(const std::vector<Line>& lines);
std::string MakeJson(const std::vector<Line>& lines, uint64_t places_per_file);

}  // namespace lsmkv::damage

#endif  // LSMKV_TESTS_BENCH_DAMAGE_REPORT_H_
