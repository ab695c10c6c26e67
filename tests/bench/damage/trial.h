// Trial: what an engine makes of a store, found out in a process of its own.

#ifndef LSMKV_TESTS_BENCH_DAMAGE_TRIAL_H_
#define LSMKV_TESTS_BENCH_DAMAGE_TRIAL_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

#include "tests/bench/damage/records.h"
#include "tests/bench/damage/subject.h"

namespace lsmkv::damage {

// From best to worst; a trial is the worst of what its reads were.
enum class Outcome : uint8_t {
  kRight,    // every record read, and read rightly
  kRefused,  // opening or a read failed, and nothing else was amiss
  kLost,     // OK, and a record is not there
  kWrong,    // OK, and a value is not the last one, or a deleted record is back
  kCrashed,  // a signal, an exit of another kind, or no end within the time
};
inline constexpr int kOutcomes = 5;

const char* Name(Outcome outcome);

// What a reader of this store sees: a scan and every record.
Outcome Judge(OpenStore* store, const Records& expected);

// Makes a store in `folder`. Unless `closed`, its process dies without closing
// it.
absl::Status MakeStore(const Subject& subject, const std::string& folder,
                       bool closed);

// Opens and reads the store in `folder` in a child process. If `signal` is
// given and one ended the child, it is put there; SIGALRM: no end in time.
Outcome Try(const Subject& subject, const std::string& folder,
            unsigned timeout_seconds, int* signal = nullptr);

}  // namespace lsmkv::damage

#endif  // LSMKV_TESTS_BENCH_DAMAGE_TRIAL_H_
