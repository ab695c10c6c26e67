// Collecting value files: which files have so many dead values that the live
// ones are moved to new files, so that the old can go. Pure functions.
//
// What of a file is alive is what the tables of the version refer to. A value
// is known to be dead once a compaction has dropped its key; in L0 none is yet.
//
//   when                             what is collected
//   more than DeadValueBytesMax      the files with the greatest dead part,
//   down is dead                          to three quarters of that the store
//   is quiet               every file of which a twentieth is dead
//
// So dead values take a quarter of the live ones, or, in a small store, as much
// as L0 may hide; and next to nothing once no more is written. In the 16 KiB
// scene of the benchmark (each value overwritten once, at random) collecting
// after every compaction of L0 would write 0.99 bytes per byte put; this
// writes half of it.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_VALUE_COLLECTOR_H_
#define LSMKV_ENGINE_SRC_COMPACTION_VALUE_COLLECTOR_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "engine/src/compaction/compaction_picker.h"
#include "engine/src/version/version.h"
#include "lsmkv/engine/options.h"

namespace lsmkv::engine {

uint64_t DeadValueBytes(const Version& version);
// How much of it is left alone while the store is written to.
uint64_t DeadValueBytesMax(const Version& version, const Options& options);

// The numbers of the value files to collect now. `quiet`: nothing is being
// written.
std::set<uint64_t> FilesToCollect(const Version& version,
                                  const Options& options, bool quiet);

// The rewriting in place of one table that is not in `busy`, holds a key in
// [begin, end] (null: unbounded) and refers to one of `files`. Nothing if there
// is none.
std::optional<CompactionPlan> PlanCollection(
    const std::shared_ptr<const Version>& version,
    const std::set<uint64_t>& files, const std::string_view* begin,
    const std::string_view* end, const std::set<uint64_t>& busy);

// What a compaction thread does next: collecting if too much is dead, else a
// compaction, else collecting if it is worth it.
std::optional<CompactionPlan> PickWork(
    const std::shared_ptr<const Version>& version, const Options& options,
    const std::set<uint64_t>& busy, WritePace pace, bool quiet);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_VALUE_COLLECTOR_H_
