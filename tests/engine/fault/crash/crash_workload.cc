#include "tests/engine/fault/crash/crash_workload.h"

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "tests/engine/model/random_operations.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr uint32_t kWatched = kSimCreate | kSimAppend | kSimSync |
                              kSimCreateDir | kSimSyncDir | kSimRemove |
                              kSimRename | kSimLock | kSimOverwrite;

}  // namespace

Options CrashOptions(Env* env, uint64_t seed) {
  Random rng(seed);
  Options options;
  options.env = env;
  options.memtable_bytes = 64 << 10;
  options.table_bytes = 64 << 10;
  options.level_base_bytes = 128 << 10;
  options.l0_trigger = 2;
  options.idle_compaction_ms = 0;  // the clock has no say in a run
  options.sync_interval_ms = 1;
  options.block_cache_bytes = 256 << 10;
  options.durability = Durability::kOs;
  options.memtables_max = static_cast<int>(rng.Between(2, 4));
  options.compaction_threads = static_cast<int>(rng.Between(1, 2));
  options.compression = static_cast<Compression>(rng.Uniform(3));
  options.wal_keep_bytes = rng.OneIn(4) ? 100 << 10 : 0;
  options.value_separation_bytes = rng.OneIn(2) ? 16 : 4 << 10;
  options.compaction_style = static_cast<CompactionStyle>(rng.Uniform(3));
  return options;
}

Edits RandomEdits(Random* rng) {
  Edits edits;
  if (rng->OneIn(25)) {
    // Only its middle pages may reach the disk.
    for (int i = 0; i < 4; ++i) {
      edits.push_back({Edit::Kind::kPut, RandomKey(rng), rng->Bytes(5000)});
    }
    return edits;
  }
  const uint64_t count = 1 + rng->Skewed(3);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t kind = rng->Uniform(100);
    std::string key = RandomKey(rng);
    if (kind < 70) {
      edits.push_back({Edit::Kind::kPut, key, RandomValue(rng)});
    } else if (kind < 97) {
      edits.push_back({Edit::Kind::kDelete, key, ""});
    } else {
      std::string end = RandomKey(rng);
      if (end < key) std::swap(key, end);
      if (end == key) end += "x";
      edits.push_back({Edit::Kind::kDeleteRange, key, end});
    }
  }
  return edits;
}

CrashWorkload::CrashWorkload(uint64_t seed)
    : rng_(seed),
      env_(rng_.Next()),
      options_(CrashOptions(&env_, rng_.Next())),
      recorder_(&env_, [this] { return history_.durable_version(); }) {}

void CrashWorkload::Run(const WorkloadOptions& options) {
  recorder_.SetPhase(Phase::kCreate);
  recorder_.Start(kWatched, options.append_period);
  ASSERT_OK_AND_ASSIGN(db_, DB::Open(options_, "/db"));
  recorder_.SetPhase(Phase::kRun);

  std::vector<std::thread> writers;
  for (size_t i = 0; i < options.more_writers; ++i) {
    writers.emplace_back([this, seed = rng_.Next(), &options] {
      Random rng(seed);
      for (size_t n = 0; n < options.commits; ++n) Write(&rng);
    });
  }
  for (size_t i = 0; i < options.commits; ++i) {
    i == 0 || rng_.OneIn(12) ? WriteGroup() : Write(&rng_);
    Upkeep(i * 1000 / options.commits);
  }
  for (std::thread& writer : writers) writer.join();
  // Alive until the threads that they hold are joined.
  std::atomic<bool> closing{false};
  CompactionHold compaction;
  if (options.bulk) {
    ASSERT_NO_FATAL_FAILURE(Bulk());
    ASSERT_NO_FATAL_FAILURE(HoldCompaction(&compaction));
  } else {
    ASSERT_NO_FATAL_FAILURE(HoldFlushes(&closing));
  }
  recorder_.Take("stopped");
  recorder_.SetPhase(Phase::kClose);
  iterator_.reset();
  closing.store(true);
  closing.notify_all();
  compaction.closing.store(true);
  compaction.closing.notify_all();
  ASSERT_OK(db_->Close());
  // What is acknowledged survives a close in order, sync or not.
  history_.Durable(db_->GetStats().last_version);
  recorder_.Take("closed");
  db_.reset();
  recorder_.Stop();
}

void CrashWorkload::Acknowledged(uint64_t version, Edits edits, bool sync) {
  history_.Add(version, std::move(edits));
  if (sync) history_.Durable(version);
}

void CrashWorkload::Write(Random* rng) {
  WriteOptions options;
  const uint64_t kind = rng->Uniform(4);
  if (kind == 0) options.durability = Durability::kSync;
  if (kind == 1) options.durability = Durability::kInterval;
  Edits edits = RandomEdits(rng);
  const auto version = db_->Write(options, ToBatch(edits));
  ASSERT_OK(version.status());
  Acknowledged(*version, std::move(edits), kind == 0);
  if (!acknowledged_taken_.exchange(true) || rng->OneIn(60)) {
    recorder_.Take("acknowledged");
  }
}

void CrashWorkload::WriteGroup() {
  constexpr int kWrites = 6;
  std::atomic<int> left{kWrites};
  for (int i = 0; i < kWrites; ++i) {
    Edits edits = RandomEdits(&rng_);
    WriteOptions options;
    options.durability = Durability::kSync;
    // The first time, and some more.
    const bool take = !group_taken_ || rng_.OneIn(20);
    group_taken_ = true;
    WriteBatch batch = ToBatch(edits);
    db_->WriteAsync(options, std::move(batch),
                    [this, take, &left, edits = std::move(edits)](
                        absl::StatusOr<uint64_t> version) mutable {
                      EXPECT_OK(version.status());
                      if (take) recorder_.Take("in the memtable");
                      if (version.ok()) {
                        Acknowledged(*version, std::move(edits), true);
                      }
                      left.fetch_sub(1);
                      left.notify_one();
                    });
  }
  for (int n = left.load(); n > 0; n = left.load()) left.wait(n);
}

void CrashWorkload::Upkeep(size_t permille) {
  // Readers hold tables that compactions want to be rid of, half of the time.
  const bool open = permille / 250 % 2 == 1;
  if (open && iterator_ == nullptr) {
    iterator_ = db_->NewIterator({});
    iterator_->SeekToFirst();
    recorder_.SetIteratorOpen(true);
  } else if (!open && iterator_ != nullptr) {
    recorder_.SetIteratorOpen(false);
    iterator_.reset();
  }
  const uint64_t kind = rng_.Uniform(200);
  if (kind > 5) return;
  const uint64_t written = db_->GetStats().last_version;
  if (kind < 2) ASSERT_OK(db_->Flush());
  if (kind == 2) ASSERT_OK(db_->CompactRange({}, {}));
  if (kind > 2) ASSERT_OK(db_->SyncWal());
  history_.Durable(written);
}

// A close has full memtables to deal with, whose logs were never synced.
void CrashWorkload::HoldFlushes(const std::atomic<bool>* closing) {
  recorder_.SetHook([closing](const SimEvent& event) {
    const bool table = event.path.find(".sst") != std::string_view::npos;
    if (event.op == kSimCreate && table) closing->wait(false);
  });
  // One of them is on its way to a table; of the others only the log is left.
  // No more than that: the next log would never come.
  const auto full = static_cast<uint64_t>(options_.memtables_max > 2 ? 2 : 1);
  while (db_->GetStats().immutable_memtables < full) {
    Edits edits = RandomEdits(&rng_);
    const auto version = db_->Write({}, ToBatch(edits));
    ASSERT_OK(version.status());
    Acknowledged(*version, std::move(edits), false);
  }
}

void CrashWorkload::Bulk() {
  for (int i = 0; i < 20; ++i) {
    Edits edits;
    for (int n = 0; n < 250; ++n) {
      edits.push_back({Edit::Kind::kPut, rng_.Letters(6), rng_.Bytes(14)});
    }
    const auto version = db_->Write({}, ToBatch(edits));
    ASSERT_OK(version.status());
    Acknowledged(*version, std::move(edits), false);
  }
  // Under a reader.
  if (iterator_ == nullptr) iterator_ = db_->NewIterator({});
  recorder_.SetIteratorOpen(true);
  ASSERT_OK(db_->CompactRange({}, {}));
}

// A compaction that has begun a table, and goes on when the close has told it
// not to.
void CrashWorkload::HoldCompaction(CompactionHold* hold) {
  ASSERT_OK(db_->WaitForIdle());
  recorder_.SetHook([this, hold](const SimEvent& event) {
    // A log may be made of an older one.
    if ((event.op & (kSimCreate | kSimRename)) == 0 || event.before) return;
    const std::thread::id self = std::this_thread::get_id();
    // Only the thread that flushes makes logs, and one before each table.
    if (event.path.find(".wal") != std::string_view::npos) {
      hold->flusher.store(self);
    }
    if (event.path.find(".sst") == std::string_view::npos) return;
    if (self == hold->flusher.load()) return;
    recorder_.WillBeAbandoned(event.path);
    hold->reached.store(true);
    hold->reached.notify_all();
    hold->closing.wait(false);
    // The close is under way when this is refused.
    while (db_->SyncWal().ok()) std::this_thread::yield();
  });
  // Enough tables in L0 for a compaction, whatever is below them, and so many
  // entries in each that it looks whether it is cancelled before it is done.
  for (int table = 0; table < 3 * options_.l0_trigger; ++table) {
    Edits edits;
    for (int i = 0; i < 1100; ++i) {
      edits.push_back({Edit::Kind::kPut, rng_.Letters(6), "y"});
    }
    ASSERT_OK_AND_ASSIGN(const uint64_t version,
                         db_->Write({}, ToBatch(edits)));
    Acknowledged(version, std::move(edits), false);
    ASSERT_OK(db_->Flush());
  }
  hold->reached.wait(false);
}

}  // namespace lsmkv::engine
