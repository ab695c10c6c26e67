// Client: one of several threads that work on a store at once, at random, and
// enter what they do and see in its History.

#ifndef LSMKV_TESTS_ENGINE_SIM_CLIENT_H_
#define LSMKV_TESTS_ENGINE_SIM_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "lsmkv/engine/db.h"
#include "tests/engine/sim/history.h"
#include "tests/support/random_seed.h"
#include "tests/support/scheduled_env.h"

namespace lsmkv::engine {

// What the clients of one opening of a store share.
struct World {
  SimScheduler* scheduler = nullptr;
  ScheduledEnv* env = nullptr;
  const std::vector<std::string>* keys = nullptr;  // in order
  Durability durability = Durability::kSync;       // the store's default
  DB* db = nullptr;
  History* history = nullptr;

  // The disk was told to fail: errors are no surprise.
  bool errors_expected = false;
  uint64_t operations = 0;
  uint64_t durable_soon = 0;  // of the writes that are synced after a while
  bool full = false;          // a write found no room, and none has since
  uint64_t resumed = 0;       // times when one did
  uint64_t values = 0;        // each of them different
  int async_under_way = 0;
  std::string failure;  // the first

  void Fail(std::string_view what) {
    if (failure.empty()) failure = std::string(what);
  }
  // Fails unless it is OK or an error may be; true if it is OK.
  bool Expect(const char* what, const absl::Status& status);
  // Enters how a write ended.
  void Settle(WriteRecord* write, const absl::StatusOr<uint64_t>& result,
              Durability asked);
};

// Reads what `read` says; OK or what stopped the iterator.
absl::Status Scan(const World& world, Iterator* iterator, ReadRecord* read);

class Client {
 public:
  explicit Client(World* world)
      : world_(world), rng_(world->scheduler->rng()->Next()) {}

  // Does `operations`, or fewer if writes keep failing.
  void Run(uint64_t operations);
  // Writes something, once; true if that was acknowledged.
  bool Write();

 private:
  // An iterator and what its scan is to be, not read yet.
  struct HeldIterator {
    std::unique_ptr<Iterator> iterator;
    ReadRecord read;
  };

  void Operate();
  bool WriteNow(std::vector<WriteStep> steps, WriteOptions options);
  void WriteAsync(std::vector<WriteStep> steps, WriteOptions options);
  void Read();
  void HoldSnapshot();
  void HoldIterator();
  void Maintain();

  // A read of some range, and the options for it.
  ReadRecord BeginRead(ReadOptions* options);
  std::vector<WriteStep> RandomSteps();
  WriteOptions RandomOptions();
  WriteStep RandomStep();
  std::string RandomValue();
  std::string_view key(size_t i) const { return (*world_->keys)[i]; }

  World* const world_;
  Random rng_;
  int failures_ = 0;  // of writes, in a row
  std::vector<std::unique_ptr<Snapshot>> snapshots_;
  std::vector<HeldIterator> iterators_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_SIM_CLIENT_H_
