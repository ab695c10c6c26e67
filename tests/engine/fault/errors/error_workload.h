// ErrorWorkload: everything a store does, in short, over a disk that may fail
// at any call, and an oracle that knows what must hold whatever has failed:
//
// - while the store is open, every acknowledged write is there, no other is,
//   and a read that succeeds says so;
// - after a hard error no write succeeds; after RESOURCE_EXHAUSTED writes do,
//   once there is room;
// - after the end of the process every acknowledged write is there; after a
//   power cut what is there is a prefix of them that reaches to the last one
//   that was to be durable;
// - a write that failed is there whole or not at all, and only if none was
//   acknowledged since.
//
// Threads: one, beside those of the store.

#ifndef LSMKV_TESTS_ENGINE_FAULT_ERRORS_ERROR_WORKLOAD_H_
#define LSMKV_TESTS_ENGINE_FAULT_ERRORS_ERROR_WORKLOAD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsmkv/engine/db.h"
#include "lsmkv/engine/logger.h"
#include "lsmkv/engine/mutex.h"
#include "tests/support/random_seed.h"
#include "tests/support/site_env.h"

namespace lsmkv::engine {

class ErrorWorkload : private EventListener {
 public:
  enum class Style {
    kSmallValues,  // flushed by hand, everything in turn
    kLargeValues,  // flushed when the memtable is full, while writes go on
  };

  // The same seed does the same, as long as nothing fails.
  ErrorWorkload(Style style, uint64_t seed, SiteEnv* env);

  // Opens, writes, reads, flushes, compacts and reopens; closes nothing at the
  // end. Errors are taken note of, wrong answers are test failures.
  void Run();
  // From now on nothing fails: the store must open, read and, but after a hard
  // error, write again.
  void CheckWorksAgain();
  // What would be there after a power cut now.
  void CheckCrash(CrashMode mode, uint64_t seed);
  // Closes and opens again: the end of a process.
  void CheckReopen();

 private:
  using Model = std::map<std::string, std::string>;

  void OnBackgroundError(const absl::Status&) override {}
  void OnWritesResumed() override;
  // For at most so long.
  bool WaitUntilWritesResume();

  const Model& model() const { return history_.back(); }
  Options MakeOptions(Env* env);
  void Round(int round);
  void Open();
  void Close();
  void Write();
  size_t ValueBytes();
  void Flush();
  void Compact();
  void CheckGets(const Snapshot* snapshot, const Model& model);
  void CheckScan(const Snapshot* snapshot, const Model& model, bool reverse);
  void CheckWritable();
  void Verify();
  void CheckNoFileIsLeft();
  bool OnlyNeededFiles();
  // `contents` may be there after a process or power ended.
  void ExpectPossible(const Model& contents, size_t at_least);
  static void Apply(const WriteBatch& batch, Model* model);

  const Style style_;
  Random rng_;
  SiteEnv* const env_;
  std::unique_ptr<DB> db_;
  // The state after each acknowledged write.
  std::vector<Model> history_{Model()};
  // Up to this one they are durable.
  size_t durable_ = 0;
  // What the first write that failed since the last acknowledged one would
  // have led to. Those that follow it are refused without being tried.
  std::optional<Model> in_doubt_;

  Mutex mu_;
  CondVar resumed_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_FAULT_ERRORS_ERROR_WORKLOAD_H_
