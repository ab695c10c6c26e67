// SimFaults: which operation of a SimEnv goes wrong, and how.
//
// Threads: not thread-safe; SimEnv guards it with its mutex.

#ifndef LSMKV_TESTS_SUPPORT_SIM_FAULTS_H_
#define LSMKV_TESTS_SUPPORT_SIM_FAULTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "tests/support/sim_ops.h"

namespace lsmkv {

enum class SimFaultKind {
  // The operation fails with `status` and changes nothing, except that an
  // append leaves a prefix of its data and a sync loses the pages.
  kError,
  // A read gives less than there is, as if the file ended.
  kShortRead,
  // A read gives, for one of its pages, what the disk had there before the
  // last write: zeros where that was the first.
  kStaleRead,
  // A read gives the bytes of another place of the file.
  kMisdirectedRead,
};

struct SimFault {
  uint32_t ops = kSimAllOps;
  // It hits the n-th such operation from now on; 1 is the next.
  uint64_t n = 1;
  absl::Status status = absl::InternalError("EIO");
  // And all later ones.
  bool sticky = false;
  // Only operations whose path contains this.
  std::string path_part;
  SimFaultKind kind = SimFaultKind::kError;
  // How much of a failed append stays; unset: a random prefix.
  std::optional<uint64_t> kept_bytes;
};

class SimFaults {
 public:
  // REQUIRES: an error status; n > 0; reads only, unless the kind is kError.
  void Add(SimFault fault);
  void Clear() { armed_.clear(); }
  // What happens to this operation, which is counted.
  std::optional<SimFault> Next(SimOp op, const std::string& path);
  uint64_t fired() const { return fired_; }

 private:
  std::vector<SimFault> armed_;
  uint64_t fired_ = 0;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_FAULTS_H_
