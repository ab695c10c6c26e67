#include "tests/support/sim_faults.h"

#include <utility>

#include "engine/src/util/status.h"

namespace lsmkv {

void SimFaults::Add(SimFault fault) {
  LSMKV_CHECK(fault.n > 0 && !fault.status.ok());
  LSMKV_CHECK(fault.kind == SimFaultKind::kError || fault.ops == kSimRead);
  armed_.push_back(std::move(fault));
}

std::optional<SimFault> SimFaults::Next(SimOp op, const std::string& path) {
  std::optional<SimFault> result;
  for (SimFault& fault : armed_) {
    if ((fault.ops & op) == 0) continue;
    if (path.find(fault.path_part) == std::string::npos) continue;
    if (fault.n > 1) {
      --fault.n;
    } else if (!result && (fault.n == 1 || fault.sticky)) {
      fault.n = 0;
      ++fired_;
      result = fault;
    }
  }
  return result;
}

}  // namespace lsmkv
