// PrefixHistory: what a store may hold after a crash. It keeps every commit in
// the order of versions and knows the state after each prefix of them.
//
// I1: what was acknowledged as durable is there. I2: what is there is the state
// after some prefix. I3: no commit is there in part.
//
// Threads: thread-safe; commits may be acknowledged while others are checked.

#ifndef LSMKV_TESTS_ENGINE_FAULT_CRASH_PREFIX_HISTORY_H_
#define LSMKV_TESTS_ENGINE_FAULT_CRASH_PREFIX_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/mutex.h"
#include "lsmkv/engine/write_batch.h"

namespace lsmkv::engine {

using Contents = std::map<std::string, std::string>;

// One operation of a commit.
struct Edit {
  enum class Kind { kPut, kDelete, kDeleteRange };
  Kind kind;
  std::string key;
  std::string value;  // of a range its end
};
using Edits = std::vector<Edit>;

WriteBatch ToBatch(const Edits& edits);
void Apply(const Edits& edits, Contents* contents);

// The same for equal contents, in whatever order they are added up.
uint64_t HashOf(const Contents& contents);

class PrefixHistory {
 public:
  PrefixHistory() : PrefixHistory(Contents(), 0) {}
  // Goes on from a state that was recovered.
  PrefixHistory(Contents base, uint64_t version)
      : base_(std::move(base)),
        base_version_(version),
        durable_version_(version) {}

  // A commit whose last operation has, or will have, this version. They may
  // come in any order.
  void Add(uint64_t version, Edits edits) ABSL_LOCKS_EXCLUDED(mu_);
  // All up to this version survives a power cut from now on.
  void Durable(uint64_t version) ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t durable_version() const ABSL_LOCKS_EXCLUDED(mu_);

  // Whether a store that recovered these contents, up to `version`, is right,
  // if all up to `durable` was known to be durable before the power went.
  // REQUIRES: no more commits are added after the first check.
  ::testing::AssertionResult Check(const Contents& contents, uint64_t version,
                                   uint64_t durable) ABSL_LOCKS_EXCLUDED(mu_);

  size_t commits() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Prefix {
    uint64_t version;
    uint64_t hash;
  };

  void BuildPrefixesLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Contents StateLocked(size_t prefix) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::string DescribeLocked(const Contents& contents, size_t prefix) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Contents base_;
  const uint64_t base_version_;

  mutable Mutex mu_;
  std::map<uint64_t, Edits> commits_ ABSL_GUARDED_BY(mu_);
  uint64_t durable_version_ ABSL_GUARDED_BY(mu_);
  // After 0, 1, ... commits; empty until the first check.
  std::vector<Prefix> prefixes_ ABSL_GUARDED_BY(mu_);
  std::vector<const Edits*> ordered_ ABSL_GUARDED_BY(mu_);
  // The state after every kCheckpoint commits.
  std::vector<Contents> checkpoints_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_CRASH_PREFIX_HISTORY_H_
