#include "tests/engine/sim/simulation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/src/util/status.h"
#include "engine/src/util/thread.h"
#include "tests/engine/model/random_operations.h"

namespace lsmkv::engine {
namespace {

constexpr char kDir[] = "/db";
constexpr uint64_t kMillisecond = 1000;
// Operations after which it matters most what a power cut leaves.
constexpr const char* kTurningPoints[] = {"create", "remove", "rename", "sync",
                                          "sync dir"};

std::vector<std::string> RandomKeys(Random* rng) {
  std::set<std::string> keys;
  const size_t count = rng->Between(8, 48);
  while (keys.size() < count) keys.insert(RandomKey(rng));
  return {keys.begin(), keys.end()};
}

template <typename T, size_t n>
T OneOf(Random* rng, const T (&values)[n]) {
  return values[rng->Uniform(n)];
}

std::string DescribeOptions(const Options& o) {
  return Concat(
      "durability=", static_cast<int>(o.durability),
      " sync_interval_ms=", o.sync_interval_ms,
      " wal_keep_bytes=", o.wal_keep_bytes,
      " memtable_bytes=", o.memtable_bytes, " memtables_max=", o.memtables_max,
      " block_cache_bytes=", o.block_cache_bytes,
      " block_bytes=", o.block_bytes,
      " filter_bits_per_key=", o.filter_bits_per_key,
      " compression=", static_cast<int>(o.compression),
      " compression_bottom=", static_cast<int>(o.compression_bottom),
      " table_bytes=", o.table_bytes, " level_base_bytes=", o.level_base_bytes,
      " level_multiplier=", o.level_multiplier, " l0_trigger=", o.l0_trigger,
      " idle_compaction_ms=", o.idle_compaction_ms,
      " value_separation_bytes=", o.value_separation_bytes,
      " compaction_style=", static_cast<int>(o.compaction_style),
      " compaction_threads=", o.compaction_threads);
}

}  // namespace

Simulation::Simulation(uint64_t seed, uint64_t operations)
    : seed_(seed),
      operations_(operations),
      scheduler_(seed),
      rng_(~seed),
      disk_(seed),
      env_(&disk_, &scheduler_, OneOf<uint64_t>(&rng_, {3, 20, 100})),
      keys_(RandomKeys(&rng_)) {
  world_.scheduler = &scheduler_;
  world_.env = &env_;
  world_.keys = &keys_;
}

std::string Simulation::Describe() const {
  return Concat("seed ", seed_, "; ", scheduler_.Describe(), "; ", keys_.size(),
                " keys; opening ", counts_.openings, " with ",
                DescribeOptions(options_));
}

void Simulation::Run() {
  scheduler_.Run([this] { Main(); });
}

void Simulation::Fail(const std::string& what) {
  world_.Fail(what);
  scheduler_.Note("failure", what);
}

void Simulation::Main() {
  while (world_.failure.empty() && world_.operations < operations_) Live();
  if (world_.failure.empty()) {
    world_.errors_expected = false;
    Open();
  }
  db_.reset();
  counts_.operations = world_.operations;
  counts_.disk_errors = disk_.faults_fired();
}

void Simulation::ChooseOptions() {
  options_ = Options();
  options_.env = &env_;
  options_.durability = static_cast<Durability>(rng_.Uniform(3));
  options_.sync_interval_ms = 1 + rng_.Uniform(100);
  options_.wal_keep_bytes = rng_.OneIn(4) ? rng_.Uniform(512 << 10) : 0;
  options_.memtable_bytes =
      OneOf<size_t>(&rng_, {64 << 10, 100 << 10, 1 << 20});
  options_.memtables_max = static_cast<int>(rng_.Between(2, 4));
  options_.block_cache_bytes = OneOf<size_t>(&rng_, {0, 8 << 10, 1 << 20});
  options_.block_bytes = OneOf<size_t>(&rng_, {256, 1024, 4096});
  options_.filter_bits_per_key = rng_.OneIn(3) ? 0 : 10;
  options_.compression = static_cast<Compression>(rng_.Uniform(3));
  options_.compression_bottom = static_cast<Compression>(rng_.Uniform(3));
  options_.table_bytes = OneOf<uint64_t>(&rng_, {64 << 10, 256 << 10});
  options_.level_base_bytes = OneOf<uint64_t>(&rng_, {128 << 10, 1 << 20});
  options_.level_multiplier = static_cast<int>(rng_.Between(2, 10));
  options_.l0_trigger = static_cast<int>(rng_.Between(2, 4));
  options_.idle_compaction_ms = OneOf<uint64_t>(&rng_, {0, 1, 1000});
  options_.compaction_threads = static_cast<int>(rng_.Between(1, 3));
  options_.value_separation_bytes = OneOf<size_t>(&rng_, {0, 16, 4096});
  options_.compaction_style = static_cast<CompactionStyle>(rng_.Uniform(3));
}

void Simulation::Live() {
  static constexpr Trouble kTroubles[] = {
      Trouble::kNone,     Trouble::kNone,     Trouble::kNone,
      Trouble::kOneError, Trouble::kOneError, Trouble::kErrors,
      Trouble::kFullDisk, Trouble::kPowerCut, Trouble::kPowerCut};
  const Trouble trouble = OneOf(&rng_, kTroubles);
  ChooseOptions();
  // Some troubles are there before the store is.
  const bool early = rng_.OneIn(3);
  world_.errors_expected = early && trouble != Trouble::kNone;
  if (early) Arm(trouble);
  Open();
  if (!world_.failure.empty()) return;
  if (trouble != Trouble::kNone) world_.errors_expected = true;
  if (!early) Arm(trouble);
  Work(trouble);
  CountWork();
  Close();
  if (world_.failure.empty()) {
    if (const std::string wrong = history_->Check(); !wrong.empty()) {
      Fail(wrong);
    }
  }
}

void Simulation::Arm(Trouble trouble) {
  const SimScheduler::Hold hold(&scheduler_);
  const uint32_t ops =
      OneOf<uint32_t>(&rng_, {kSimAllOps, kSimWriteOps, kSimRead | kSimOpenRead,
                              kSimSync | kSimSyncDir, kSimAppend});
  switch (trouble) {
    case Trouble::kNone:
    case Trouble::kFullDisk:
      return;
    case Trouble::kOneError:
    case Trouble::kErrors:
      disk_.FailNth(ops, 1 + rng_.Skewed(9), absl::InternalError("simulated"),
                    trouble == Trouble::kErrors);
      return;
    case Trouble::kPowerCut:
      power_fails_ = true;
      if (rng_.OneIn(2)) {
        disk_.CutPowerAfter(rng_.Skewed(10));
      } else {
        ArmPowerCutAt(OneOf(&rng_, kTurningPoints));
      }
      return;
  }
}

void Simulation::ArmPowerCutAt(const char* what) {
  env_.AfterNth(what, 1 + rng_.Skewed(5), [this] {
    if (power_fails_) disk_.CutPowerAfter(rng_.Uniform(4));
  });
}

void Simulation::Open() {
  std::vector<Seen> contents;
  scheduler_.FailThreadStarts(rng_.OneIn(4) ? 10 : 0);
  for (int attempt = 0; !TryOpen(&contents); ++attempt) {
    ++counts_.failed_openings;
    db_.reset();
    if (!world_.failure.empty()) return;
    // Now it works, or at first loses power a few times more.
    if (power_fails_) LosePower();
    disk_.ClearFaults();
    scheduler_.FailThreadStarts(0);
    world_.errors_expected = attempt < 3 && rng_.OneIn(3);
    if (world_.errors_expected) Arm(Trouble::kPowerCut);
  }
  scheduler_.FailThreadStarts(0);
  const uint64_t version = db_->GetStats().last_version;
  if (history_ != nullptr) {
    const uint64_t at_least =
        lost_power_ ? history_->durable() : history_->acknowledged();
    const std::string wrong =
        history_->CheckRecovered(contents, version, at_least);
    if (!wrong.empty()) Fail(wrong);
  }
  lost_power_ = false;
  history_ =
      std::make_unique<History>(keys_.size(), std::move(contents), version);
  world_.db = db_.get();
  world_.history = history_.get();
  world_.durability = options_.durability;
  world_.durable_soon = version;
}

bool Simulation::TryOpen(std::vector<Seen>* contents) {
  ++counts_.openings;
  auto opened = DB::Open(options_, kDir);
  if (!opened.ok()) {
    const bool no_thread = scheduler_.fails_thread_starts() &&
                           absl::IsResourceExhausted(opened.status());
    if (!no_thread) world_.Expect("open", opened.status());
    return false;
  }
  db_ = *std::move(opened);
  // What the first readers see, both ways.
  ReadRecord reads[2];
  for (ReadRecord& read : reads) {
    read.limit = keys_.size();
    read.backwards = &read == &reads[1];
    const auto iterator = db_->NewIterator({});
    const absl::Status status = Scan(world_, iterator.get(), &read);
    if (!world_.Expect("first scan", status)) return false;
  }
  std::reverse(reads[1].seen.begin(), reads[1].seen.end());
  if (!(reads[0].seen == reads[1].seen)) {
    Fail(Concat("forwards the store holds ", engine::Describe(reads[0].seen),
                ", backwards ", engine::Describe(reads[1].seen)));
  }
  *contents = std::move(reads[0].seen);
  return true;
}

void Simulation::Work(Trouble trouble) {
  std::vector<Thread> threads(rng_.Between(1, 5));
  for (Thread& thread : threads) {
    const uint64_t operations = rng_.Between(20, 200);
    const absl::Status started =
        thread.Start([this, operations] { Client(&world_).Run(operations); });
    LSMKV_CHECK(started.ok());
  }
  if (trouble == Trouble::kFullDisk) FillDiskForAWhile();
  for (Thread& thread : threads) thread.Join();
  if (trouble == Trouble::kFullDisk && !power_fails_) ExpectToResume();
  if (!world_.errors_expected && rng_.OneIn(2)) Rest();
}

void Simulation::ExpectToResume() {
  constexpr int kTries = 30;
  for (int i = 0; i < kTries; ++i) {
    if (Client(&world_).Write()) return;
    env_.SleepMicros(1000 * kMillisecond);
  }
  Fail(Concat("writes do not go on with room on the disk: ",
              db_->background_error().ToString()));
}

void Simulation::Rest() {
  // Nobody is in the way of the thread that syncs.
  env_.SleepMicros((options_.sync_interval_ms + 1000) * kMillisecond);
  history_->MakeDurable(world_.durable_soon);
  if (rng_.OneIn(2)) return;
  CutPower(0);
}

void Simulation::CutPower(uint64_t writes) {
  // Before it is: an asynchronous write may be under way.
  world_.errors_expected = true;
  power_fails_ = true;
  disk_.CutPowerAfter(writes);
}

void Simulation::FillDiskForAWhile() {
  env_.SleepMicros(rng_.Skewed(16));
  disk_.SetFreeSpaceBytes(rng_.Skewed(18));
  env_.SleepMicros(rng_.Uniform(1000 * kMillisecond));
  disk_.ClearFreeSpaceLimit();
}

void Simulation::CountWork() {
  const Stats stats = db_->GetStats();
  counts_.failed_writes += history_->failures();
  counts_.flushes += stats.flushes;
  counts_.compactions += stats.compactions;
  counts_.waits_for_room += stats.write_stops;
  counts_.resumes += std::exchange(world_.resumed, 0);
  if (std::exchange(world_.full, false)) ++counts_.full_disks;
}

void Simulation::Close() {
  if (!power_fails_ && rng_.OneIn(4)) {
    CutPower(rng_.Uniform(4));
  }
  if (!rng_.OneIn(4)) {
    const absl::Status status = db_->Close();
    if (world_.Expect("close", status)) {
      history_->MakeDurable(history_->acknowledged());
    }
  }
  db_.reset();
  world_.db = nullptr;
  if (world_.async_under_way != 0) Fail("a write was never answered");
  if (power_fails_ || rng_.OneIn(4)) LosePower();
  disk_.ClearFaults();
}

void Simulation::LosePower() {
  static constexpr CrashMode kModes[] = {
      CrashMode::kDropUnsynced, CrashMode::kKeepPrefix, CrashMode::kTornPages};
  disk_.Crash(OneOf(&rng_, kModes), rng_.Next());
  power_fails_ = false;
  env_.AfterNth("", 0, nullptr);
  lost_power_ = true;
  ++counts_.power_cuts;
}

}  // namespace lsmkv::engine
