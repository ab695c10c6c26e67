// The judge of a damaged store: opens it, reads all of it in every way, and
// says what became of it. Anything but the right data, or an error that names
// file and offset, is a test failure.

#ifndef LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_JUDGE_H_
#define LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_JUDGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lsmkv/engine/db.h"
#include "tests/engine/fault/damage/damage_store.h"
#include "tests/support/random_seed.h"

namespace lsmkv::engine {

// What one kind of damage came to.
struct Tally {
  uint64_t right = 0;    // all data, with no error
  uint64_t cut = 0;      // a prefix: what was never known durable is cut
  uint64_t refused = 0;  // by opening
  uint64_t refused_reading = 0;  // by a read
  uint64_t failures = 0;         // anything else

  uint64_t total() const {
    return right + cut + refused + refused_reading + failures;
  }
  // Prints it and, where `want` is not 0, expects so many in a full run.
  void Report(const std::string& what, uint64_t want = 0) const;
};

// Other bytes for one file; none: it is missing.
struct Change {
  std::string path;
  std::optional<std::string> bytes;
};

struct Case {
  std::string what;             // for messages
  std::vector<Change> changes;  // to the store's files
  // The first byte that differs in a single change.
  uint64_t offset = 0;
  // A filter may be at stake: ask for every key.
  bool every_key = false;
  // The damage is to a table, and Verify must find it if reading does not.
  bool verify = false;
};

class Judge {
 public:
  Judge(const DamageStore* store, uint64_t seed) : store_(store), rng_(seed) {}

  // Fails the test, and is counted as a failure, where it ends badly.
  void Try(const Case& damage);
  const Tally& tally() const { return tally_; }
  // True after so many failures that more would tell nothing.
  bool gave_up() const { return tally_.failures >= 5; }

 private:
  enum class Answer { kRight, kRefused, kWrong };

  void Fail(const Case& damage, const std::string& why);
  // The data that an opened store must hold; null if it must not open.
  const Data* Expected(const Case& damage) const;
  // True if the error is DATA_LOSS that names a file and an offset.
  static bool IsNamed(const absl::Status& status);

  Answer ReadAll(const DB& db, const Data& data, bool every_key,
                 std::string* why);
  Answer Scan(const DB& db, const Data& data, bool forward, std::string* why);
  Answer GetSome(const DB& db, const Data& data, bool every_key,
                 std::string* why);
  Answer SeekSome(const DB& db, const Data& data, std::string* why);
  void JudgeOpened(const Case& damage, DB* db);

  const DamageStore* const store_;
  Random rng_;
  Tally tally_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_DAMAGE_DAMAGE_JUDGE_H_
