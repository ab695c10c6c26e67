// CheckVersionOrder: the versions of a history tell its order by themselves.
// Is that order one in which every answer is right, and that keeps to time?
//
// What it demands: no two writes share a version; a write that was asked for
// after another was answered has the higher one; a value is read with the
// version it was written with; and for every read there is one version at
// which the store was what the read saw, which is never inside a batch, not
// older than what was acknowledged or read before its call, and not as new as
// anything asked for after its answer.
//
// It is evidence beside CheckLinearizable, in time that grows with the length
// of the history only.

#ifndef LSMKV_TESTS_SUPPORT_VERSION_ORDER_H_
#define LSMKV_TESTS_SUPPORT_VERSION_ORDER_H_

#include "absl/status/status.h"

#include "tests/support/history.h"

namespace lsmkv {

// OK, or FAILED_PRECONDITION with the operations that contradict each other.
absl::Status CheckVersionOrder(const History& history);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_VERSION_ORDER_H_
