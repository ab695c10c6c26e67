#include "engine/src/compaction/record_filter.h"

#include <algorithm>
#include <utility>

#include "engine/src/util/deliberate_bug.h"

namespace lsmkv::engine {

bool LevelsBelow::Nothing(std::string_view user_key) {
  if (version_ == nullptr) return false;
  for (int n = output_level_ + 1; n < kLevels; ++n) {
    const Version::Level& files = version_->level(n);
    size_t& i = next_[static_cast<size_t>(n)];
    while (i < files.size() && files[i]->largest_user() < user_key) ++i;
    // The next table begins where this one ends, if that end is exclusive.
    for (size_t j = i; j < files.size() && j < i + 2; ++j) {
      if (files[j]->Overlaps(user_key, user_key)) return false;
    }
  }
  return true;
}

bool LevelsBelow::NothingIn(std::string_view begin,
                            std::string_view end) const {
  return version_ != nullptr &&
         version_->NothingBelow(output_level_, begin, end);
}

RecordFilter::RecordFilter(std::vector<SequenceNumber> snapshots,
                           const RangeTombstones* tombstones, LevelsBelow below)
    : snapshots_(std::move(snapshots)),
      tombstones_(tombstones),
      below_(std::move(below)) {}

size_t RecordFilter::Stripe(SequenceNumber sequence) const {
  return static_cast<size_t>(
      std::lower_bound(snapshots_.begin(), snapshots_.end(), sequence) -
      snapshots_.begin());
}

SequenceNumber RecordFilter::StripeEnd(size_t stripe) const {
  return stripe < snapshots_.size() ? snapshots_[stripe] : kSequenceMax;
}

RecordFilter::Verdict RecordFilter::Decide(std::string_view internal_key) {
  const std::string_view user_key = UserKey(internal_key);
  const uint64_t trailer = Trailer(internal_key);
  const SequenceNumber sequence = TrailerSequence(trailer);
  const bool one_stripe =
      snapshots_.empty() || LSMKV_BUG("compaction_forgets_snapshots");
  const size_t stripe = one_stripe ? 0 : Stripe(sequence);

  const bool same_key = have_last_ && user_key == last_user_key_;
  if (same_key && stripe == last_stripe_) return Verdict::kShadowed;
  if (!same_key) {
    last_user_key_.assign(user_key);
    have_last_ = true;
  }
  last_stripe_ = stripe;

  if (!tombstones_->empty() &&
      tombstones_->Covering(user_key, StripeEnd(stripe)) > sequence) {
    return Verdict::kRangeDeleted;
  }
  if (TrailerType(trailer) == ValueType::kDelete && stripe == 0 &&
      (below_.Nothing(user_key) || LSMKV_BUG("tombstone_dropped_too_soon"))) {
    return Verdict::kDeadTombstone;
  }
  return Verdict::kKeep;
}

std::vector<RangeTombstone> RecordFilter::KeptTombstones() const {
  std::vector<RangeTombstone> kept;
  for (const RangeTombstones::Fragment& fragment : tombstones_->fragments()) {
    size_t last_stripe = SIZE_MAX;
    for (SequenceNumber sequence : fragment.sequences) {
      const size_t stripe = Stripe(sequence);
      if (stripe == last_stripe) continue;
      last_stripe = stripe;
      if (stripe == 0 && (below_.NothingIn(fragment.begin, fragment.end) ||
                          LSMKV_BUG("range_tombstone_dropped_too_soon"))) {
        continue;
      }
      kept.push_back({fragment.begin, fragment.end, sequence});
    }
  }
  return kept;
}

}  // namespace lsmkv::engine
