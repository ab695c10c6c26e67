// A small store with all that a store can hold, what was written to it, and
// the check of what a salvage made of it.

#ifndef LSMKV_TESTS_ENGINE_FAULT_SALVAGE_SALVAGE_STORE_H_
#define LSMKV_TESTS_ENGINE_FAULT_SALVAGE_SALVAGE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/salvage.h"
#include "tests/support/random_seed.h"
#include "tests/support/sim_env.h"

namespace lsmkv::engine {

class SalvageStore {
 public:
  static constexpr char kDir[] = "/db";
  static constexpr char kTarget[] = "/saved";

  // Before Make; else no value has a file of its own.
  void set_value_separation_bytes(size_t n) { value_separation_bytes_ = n; }

  // Fills the store in several levels and leaves some of it in its log, as a
  // process does that was killed, or one that closed it in order.
  void Make(uint64_t seed, bool closed = false);

  // A copy of the disk to damage.
  std::unique_ptr<SimEnv> Copy() const;
  // The store's files of a kind, oldest first.
  std::vector<std::string> Files(FileKind kind) const;
  std::vector<std::string> Files() const;  // all that hold anything
  Options OptionsOn(Env* env) const;

  // Salvages the copy, and checks that every record saved is one that was
  // written, and that every key beyond the losses reported is as it was last.
  // Returns the report.
  SalvageReport SalvageAndCheck(SimEnv* env) const;

  uint64_t keys() const { return last_.size(); }
  // Of the keys that are there.
  uint64_t live_keys() const;
  uint64_t last_version() const { return last_version_; }

 private:
  struct State {
    uint64_t version = 0;
    std::optional<std::string> value;  // unset: deleted
  };
  void Apply(DB* db, Random* rng);
  void Wrote(const std::string& key, uint64_t version,
             std::optional<std::string> value);
  void CheckSaved(const DB& db, const SalvageReport& report) const;

  size_t value_separation_bytes_ = 4 << 10;
  SimEnv env_;
  std::unique_ptr<SimEnv> image_;
  // All that was ever written, by version, and the newest of each key.
  std::map<uint64_t, std::pair<std::string, std::string>> puts_;
  std::map<std::string, State> last_;
  uint64_t last_version_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_SALVAGE_SALVAGE_STORE_H_
