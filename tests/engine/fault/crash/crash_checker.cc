#include "tests/engine/fault/crash/crash_checker.h"

#include <utility>

#include "engine/src/util/status.h"
#include "tests/support/crash_images.h"

namespace lsmkv::engine {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

// Reads too: they are the moments at which nothing has changed yet.
constexpr uint32_t kRecoveryOps = kSimRead | kSimCreate | kSimAppend |
                                  kSimSync | kSimSyncDir | kSimRemove |
                                  kSimRename;

}  // namespace

AssertionResult CrashChecker::Recover(SimEnv* image, uint64_t durable,
                                      StoreState* state,
                                      std::unique_ptr<DB>* db) {
  Options options = options_;
  options.env = image;
  auto opened = DB::Open(options, "/db");
  if (!opened.ok()) {
    return AssertionFailure() << "does not open: " << opened.status();
  }
  auto read = ReadStore(opened->get());
  if (!read.ok()) {
    return AssertionFailure() << "is not read: " << read.status();
  }
  *state = *std::move(read);
  *db = *std::move(opened);
  return history_->Check(state->contents, state->version, durable);
}

AssertionResult CrashChecker::SameAgain(SimEnv* image,
                                        const StoreState& first) {
  StoreState state;
  std::unique_ptr<DB> db;
  // All that was served is durable.
  AssertionResult result = Recover(image, first.version, &state, &db);
  if (!result) return result;
  if (state.version == first.version && state.contents == first.contents) {
    return AssertionSuccess();
  }
  return AssertionFailure() << "served version " << first.version
                            << " first, and now " << state.version;
}

AssertionResult CrashChecker::RecoverAgain(SimEnv* image,
                                           std::unique_ptr<DB> db,
                                           const StoreState& first) {
  if (rng_.OneIn(2)) {
    const absl::Status closed = db->Close();
    if (!closed.ok()) return AssertionFailure() << "does not close: " << closed;
    db.reset();
    AssertionResult result = SameAgain(image, first);
    return result ? result : result << " (after it was closed)";
  }
  const CrashMode mode =
      kAllCrashModes[rng_.Uniform(std::size(kAllCrashModes))];
  CrashImages images(image->Freeze(), mode, 1, rng_.Next());
  db.reset();
  AssertionResult result = SameAgain(images.Next().get(), first);
  return result ? result
                : result << " (after a second crash, " << CrashModeName(mode)
                         << ")";
}

bool CrashChecker::CheckMoment(const Moment& moment, CrashMode mode,
                               size_t limit) {
  CrashImages images(moment.tree, mode, limit, rng_.Next());
  while (const auto image = images.Next()) {
    // The same disk with more of it durable is another question.
    const uint64_t fingerprint = Fingerprint(*image->Freeze());
    points_.Count(moment, mode);
    if (!seen_.insert(fingerprint + moment.durable_version).second) continue;
    ++images_;
    if (images.exhaustive()) ++exhaustive_images_;
    StoreState state;
    std::unique_ptr<DB> db;
    AssertionResult result =
        Recover(image.get(), moment.durable_version, &state, &db);
    if (result && state.cut_bytes > 0) points_.Count("V6");
    if (result) result = RecoverAgain(image.get(), std::move(db), state);
    if (result) continue;
    ADD_FAILURE() << moment.ToString() << ", mode " << CrashModeName(mode)
                  << ": " << result.message() << "\nthe last operations:\n"
                  << image->Trace();
    return false;
  }
  return true;
}

AssertionResult CrashChecker::RecoverRecorded(SimEnv* image,
                                              const Moment& moment,
                                              StoreState* state,
                                              std::vector<Moment>* moments) {
  CrashRecorder recorder(image, [] { return uint64_t{0}; });
  recorder.SetPhase(Phase::kRecover);
  recorder.Start(kRecoveryOps, 1);
  std::unique_ptr<DB> db;
  const AssertionResult result =
      Recover(image, moment.durable_version, state, &db);
  if (!result) return result;
  recorder.Take(state->cut_bytes > 0 ? "a tail was cut" : "recovered");
  db.reset();
  recorder.Take("closed again");
  *moments = recorder.Finish();
  return result;
}

bool CrashChecker::CheckWithCrashesInside(SimEnv* image, const Moment& moment,
                                          int depth, size_t images_per_level) {
  StoreState state;
  std::vector<Moment> moments;
  const AssertionResult result =
      RecoverRecorded(image, moment, &state, &moments);
  if (!result) {
    ADD_FAILURE() << moment.ToString() << ": " << result.message()
                  << "\nthe last operations:\n"
                  << image->Trace();
    return false;
  }
  if (CheckInside(moments, state, depth, images_per_level)) return true;
  ADD_FAILURE() << "inside the recovery of " << moment.ToString();
  return false;
}

bool CrashChecker::CheckInside(const std::vector<Moment>& moments,
                               const StoreState& first, int depth,
                               size_t images) {
  // Each moment once, if there may be so many.
  const bool each = images >= moments.size();
  for (size_t i = 0; i < (each ? moments.size() : images); ++i) {
    const Moment& moment = moments[each ? i : rng_.Uniform(moments.size())];
    const CrashMode mode =
        kAllCrashModes[rng_.Uniform(std::size(kAllCrashModes))];
    CrashImages one(moment.tree, mode, 1, rng_.Next());
    const auto image = one.Next();
    ++inner_images_;
    points_.Count(moment, mode);
    StoreState state;
    std::vector<Moment> inner;
    AssertionResult result =
        RecoverRecorded(image.get(), moment, &state, &inner);
    if (result &&
        (state.version != first.version || state.contents != first.contents)) {
      result = AssertionFailure()
               << "the first recovery gave version " << first.version
               << ", this one " << state.version;
    }
    if (!result) {
      ADD_FAILURE() << moment.ToString() << ", mode " << CrashModeName(mode)
                    << ": " << result.message() << "\nthe last operations:\n"
                    << image->Trace();
      return false;
    }
    if (depth > 1 && !CheckInside(inner, first, depth - 1, 1)) return false;
  }
  return true;
}

}  // namespace lsmkv::engine
