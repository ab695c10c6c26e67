// RecordFilter: decides, entry by entry in key order, what a flush or a
// compaction keeps.
//
// Snapshots cut the sequence numbers into stripes; a reader sees of every key
// the newest version of some stripe. So an entry is dead if a newer operation
// on its key is in the same stripe. A deletion is dead if every reader sees it
// and nothing lies below that it would hide.
//
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_RECORD_FILTER_H_
#define LSMKV_ENGINE_SRC_COMPACTION_RECORD_FILTER_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/src/format/internal_key.h"
#include "engine/src/format/range_tombstone.h"
#include "engine/src/version/version.h"

namespace lsmkv::engine {

// Tells whether any level below the output holds something for a key. Asked
// for ascending keys, it walks every level once.
class LevelsBelow {
 public:
  // Null `version`: always something.
  LevelsBelow(const Version* version, int output_level)
      : version_(version), output_level_(output_level) {}

  bool Nothing(std::string_view user_key);
  // The same for a whole range; does not walk.
  bool NothingIn(std::string_view begin, std::string_view end) const;

 private:
  const Version* const version_;
  const int output_level_;
  std::array<size_t, kLevels> next_{};  // per level: tables before are passed
};

class RecordFilter {
 public:
  enum class Verdict { kKeep, kShadowed, kRangeDeleted, kDeadTombstone };

  // `snapshots` ascending. `tombstones` are those of all inputs; borrowed.
  RecordFilter(std::vector<SequenceNumber> snapshots,
               const RangeTombstones* tombstones, LevelsBelow below);

  // REQUIRES: keys come in internal key order.
  Verdict Decide(std::string_view internal_key);

  // The range deletions that must live on, in order of begin.
  std::vector<RangeTombstone> KeptTombstones() const;

 private:
  size_t Stripe(SequenceNumber sequence) const;
  // The newest sequence a reader of the stripe sees.
  SequenceNumber StripeEnd(size_t stripe) const;

  const std::vector<SequenceNumber> snapshots_;
  const RangeTombstones* const tombstones_;
  LevelsBelow below_;
  bool have_last_ = false;
  std::string last_user_key_;
  size_t last_stripe_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_RECORD_FILTER_H_
