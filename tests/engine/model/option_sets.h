// OptionSets: the ways in which the model test opens the engine. What a store
// answers must not depend on any of them.

#ifndef LSMKV_TESTS_ENGINE_MODEL_OPTION_SETS_H_
#define LSMKV_TESTS_ENGINE_MODEL_OPTION_SETS_H_

#include <memory>
#include <string>
#include <vector>

#include "lsmkv/engine/options.h"
#include "tests/engine/model/store.h"

namespace lsmkv::model {

struct OptionSet {
  std::string name;
  void (*apply)(engine::Options*) = nullptr;
  enum Kind {
    kSimulated,  // on a simulated disk
    kPosix,      // in files
    kTwin,       // two stores under one cache
    kChanging,   // every opening with another set
  } kind = kSimulated;
};

const std::vector<OptionSet>& AllOptionSets();

// An engine that is not open yet (Store::Reopen), on a new disk of its own.
class StoreOnDisk {
 public:
  explicit StoreOnDisk(const OptionSet& set);
  ~StoreOnDisk();
  StoreOnDisk(const StoreOnDisk&) = delete;
  StoreOnDisk& operator=(const StoreOnDisk&) = delete;

  Store* get() { return store_.get(); }
  Store* operator->() { return store_.get(); }

 private:
  struct Disk;
  static std::unique_ptr<Store> MakeEngine(const OptionSet& set, Disk* disk);

  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Store> store_;
};

}  // namespace lsmkv::model

#endif  // LSMKV_TESTS_ENGINE_MODEL_OPTION_SETS_H_
