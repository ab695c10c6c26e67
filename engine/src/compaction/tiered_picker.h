// Picking compactions for the styles kTiered and kLazyLeveling. Pure functions.
//
// A sorted run is an L0 table, or all tables of a deeper level. The deeper the
// level, the older the run, as everywhere: so reads, recovery and what may be
// dropped (record_filter.h) are those of a leveled store, and a store may be
// opened in another style each time. A plan takes whole runs that are
// neighbours in age and makes one of them; with T = Options::l0_trigger:
//
//   what is merged                      into
//   L0, once it has T tables            the free level above the first in use
//   T runs of about the same size       the level of the oldest of them
//   as many as it takes, the newest     the same, if no level is free
//
// So a record is written once for each tier of sizes, T times apart, and not
// once for each new run that a level takes in; in exchange reads meet up to
// kLevels - 1 runs below L0. What is dead stays longer:
//
//   kTiered        all is merged once the runs above the oldest hold T - 1
//                  times as much: the disk holds at most T times what is alive
//   kLazyLeveling  the last level is one run, and all below L0 is merged into
//                  it once the runs above hold half as much, in a quiet store
//                  1/level_multiplier
//
// A merge into the oldest run writes it as a whole and takes as much room on
// the disk again. A single compaction thread takes L0 along, which then grows
// until the merge is done; with another one it goes on meanwhile. Source: N.
// Dayan and S. Idreos, "Dostoevsky", SIGMOD 2018, sections 2 and 3.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_TIERED_PICKER_H_
#define LSMKV_ENGINE_SRC_COMPACTION_TIERED_PICKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "engine/src/compaction/compaction_picker.h"
#include "engine/src/version/version.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

// How far L0 is on its way to be merged; at 1 it is.
double TieredLevelZeroScore(const Version& version, const Options& options);

// The next merge of runs none of whose tables is in `busy`.
// REQUIRES: the style is not kLeveled.
std::optional<CompactionPlan> PickTiered(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_TIERED_PICKER_H_
