// The named crash points: the moments in a store's life at which losing power
// has hurt one database or another. A moment and a mode of losing power may be
// several of them.

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_POINTS_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_POINTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/engine/fault/crash/crash_recorder.h"
#include "tests/support/sim_file.h"

namespace lsmkv::engine {

struct CrashPoint {
  const char* id;
  const char* what;
  bool (*is)(const Moment& moment, CrashMode mode);
};

// C creation, W write, R change of logs, F flush, K compaction, M change of
// MANIFESTs, V recovery, S close. There is no F5: tables have their final name
// from the start.
const std::vector<CrashPoint>& CrashPoints();

// How many images of each point were checked.
class CrashPointCounts {
 public:
  void Count(const Moment& moment, CrashMode mode);
  void Count(const std::string& id) { ++counts_[id]; }
  // Whether counting it would be the first of some point.
  bool ReachesNew(const Moment& moment, CrashMode mode) const;
  std::vector<std::string> Missing() const;
  std::string ToString() const;

 private:
  std::map<std::string, uint64_t> counts_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_CRASH_POINTS_H_
