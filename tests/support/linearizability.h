// CheckLinearizable: is there one order of all operations of a history that
// explains every answer, and in which no operation comes before one that was
// answered before it was asked for?
//
// The order is searched for as Wing and Gong do, with Lowe's memory of the
// points that led nowhere. First for each key by itself, which is quick and
// says where to look; then for all keys together, where a batch changes its
// keys at one moment and a scan sees its keys at one moment. Versions play no
// part: version_order.h checks those.
//
// An open write may have happened at any time after its call, or never. An
// open read says nothing.

#ifndef LSMKV_TESTS_SUPPORT_LINEARIZABILITY_H_
#define LSMKV_TESTS_SUPPORT_LINEARIZABILITY_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

#include "tests/support/history.h"

namespace lsmkv {

enum class Verdict : uint8_t { kLinearizable, kNot, kUndecided };

// How many points of a search are remembered before it is given up.
inline constexpr size_t kSearchPointsMax = 1'000'000;

// Searches for an order of all of `history`, its keys together.
Verdict SearchOrder(const History& history,
                    size_t points_max = kSearchPointsMax);

// The smallest part of `history` that still has no order: of as few keys as
// possible, up to the first answer that cannot be, without operations that
// play no part. REQUIRES: SearchOrder(history) is kNot.
History Shrink(History history);

// OK; FAILED_PRECONDITION with the shrunk history where there is no order;
// RESOURCE_EXHAUSTED where the search was given up.
absl::Status CheckLinearizable(const History& history);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_LINEARIZABILITY_H_
