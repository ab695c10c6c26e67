// Simulation: a store's life from one seed. It is opened again and again with
// random options on one simulated disk; clients work on it at once, in an order
// that the seed decides; the disk fails, fills up and loses power, also while
// the store recovers; and whatever was seen or survived is checked (history.h).
//
// Threads: none but its own.

#ifndef LSMKV_TESTS_ENGINE_SIM_SIMULATION_H_
#define LSMKV_TESTS_ENGINE_SIM_SIMULATION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lsmkv/engine/db.h"
#include "tests/engine/sim/client.h"
#include "tests/engine/sim/history.h"
#include "tests/support/scheduled_env.h"
#include "tests/support/sim_env.h"
#include "tests/support/sim_scheduler.h"

namespace lsmkv::engine {

// What happened in all, to see that everything does.
struct SimulationCounts {
  uint64_t operations = 0;
  uint64_t openings = 0;
  uint64_t failed_openings = 0;
  uint64_t power_cuts = 0;
  uint64_t disk_errors = 0;
  uint64_t failed_writes = 0;
  uint64_t flushes = 0;
  uint64_t compactions = 0;
  uint64_t waits_for_room = 0;
  uint64_t full_disks = 0;  // that stopped writes for good
  uint64_t resumes = 0;     // of writes, when there was room again
};

class Simulation {
 public:
  Simulation(uint64_t seed, uint64_t operations);

  void Run();

  // "" or what went wrong, and the story of it.
  const std::string& failure() const { return world_.failure; }
  const SimulationCounts& counts() const { return counts_; }
  const EventLog& log() const { return scheduler_.log(); }
  // The seed, the options of the last opening, how threads were chosen.
  std::string Describe() const;

 private:
  enum class Trouble { kNone, kOneError, kErrors, kFullDisk, kPowerCut };

  void Main();
  // One opening of the store, to its end.
  void Live();
  void ChooseOptions();
  void Arm(Trouble trouble);
  // Right after, or a little later than, some operation of that name.
  void ArmPowerCutAt(const char* what);
  // Opens the store, whatever it takes, and checks what it holds.
  void Open();
  bool TryOpen(std::vector<Seen>* contents);
  void Work(Trouble trouble);
  void FillDiskForAWhile();
  // There is room again, and writes must go on by themselves.
  void ExpectToResume();
  // Waits until what was to be synced soon is.
  void Rest();
  // After so many more writes to the disk.
  void CutPower(uint64_t writes);
  void CountWork();
  void Close();
  void LosePower();
  void Fail(const std::string& what);

  const uint64_t seed_;
  const uint64_t operations_;
  SimScheduler scheduler_;
  Random rng_;
  SimEnv disk_;
  ScheduledEnv env_;
  std::vector<std::string> keys_;
  Options options_;
  World world_;
  SimulationCounts counts_;

  std::unique_ptr<DB> db_;
  std::unique_ptr<History> history_;
  bool power_fails_ = false;  // soon, or it has
  bool lost_power_ = false;   // since the store was open
};

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_SIM_SIMULATION_H_
