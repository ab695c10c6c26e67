// Makes every place of the engine that calls the file system see an error, once
// INTERNAL and once RESOURCE_EXHAUSTED, and prints for each what it saw:
//
//   site <address> <operation> <calls> <internal> <exhausted>
//
// check_call_sites.py compares that with the sources. A place that only an
// earlier error leads to is found by that error: a plan is a list of faults,
// each at the first call from its place after the one before it, and every
// place that a plan comes upon for the first time is where a longer one ends.

#include <link.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/db.h"
#include "lsmkv/engine/salvage.h"
#include "tests/engine/fault/errors/error_workload.h"
#include "tests/support/random_seed.h"
#include "tests/support/site_env.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kFaultsMax = 3;
// How often one fault is tried again, by this and by longer plans, before it is
// given up: which call comes first is not always the same.
constexpr int kTriesMax = 20;

struct Fault {
  const void* site;
  bool internal;

  bool operator<(const Fault& other) const {
    return std::pair(site, internal) < std::pair(other.site, other.internal);
  }
};
using Plan = std::vector<Fault>;

absl::Status Error(bool internal) {
  return internal ? absl::InternalError("Input/output error")
                  : absl::ResourceExhaustedError("No space left on device");
}

bool WasHit(const SiteCounts& counts, bool internal) {
  return (internal ? counts.internal : counts.exhausted) > 0;
}

using Hook = SiteEnv::Hook;

Sites UseStore(const Hook& hook, uint64_t seed) {
  SiteEnv env(seed);
  env.SetHook(hook);
  ErrorWorkload workload(ErrorWorkload::Style::kSmallValues, seed, &env);
  workload.Run();
  env.ClearHook();
  workload.CheckWorksAgain();
  workload.CheckReopen();
  return env.sites();
}

// A store with damage of each kind: in the data of one table, in the footer of
// the other, in the header of a log; and with a file that is not part of it.
void MakeDamagedStore(const Options& options, SimEnv* sim) {
  auto db = DB::Open(options, "/db");
  ASSERT_OK(db);
  for (const char* prefix : {"a", "b"}) {
    for (int i = 0; i < 100; ++i) {
      const std::string key = prefix + std::to_string(i);
      ASSERT_OK((*db)->Put({}, key, std::string(50, 'v')));
    }
    ASSERT_OK((*db)->Flush());
  }
  ASSERT_OK((*db)->Put({}, "logged", "v"));
  ASSERT_OK((*db)->Close());
  db->reset();
  const auto names = sim->ListDir("/db");
  std::map<FileKind, int> seen;
  for (const std::string& name : *names) {
    const FileKind kind = ParseFileName(name).kind;
    if (++seen[kind] > 2) continue;
    const std::string path = "/db/" + name;
    ASSERT_OK_AND_ASSIGN(const std::string bytes, sim->ReadFile(path));
    if (kind == FileKind::kTable) {
      ASSERT_OK(
          sim->CorruptByte(path, seen[kind] == 1 ? 100 : bytes.size() - 10));
    } else if (kind == FileKind::kWal && seen[kind] == 1) {
      ASSERT_OK(sim->CorruptByte(path, 20));
    }
  }
  ASSERT_OK(sim->WriteFile("/db/000900.sst", "no table"));
}

Sites UseSalvage(const Hook& hook, uint64_t seed) {
  SiteEnv env(seed);
  Options options;
  options.env = &env;
  options.memtable_bytes = 64 << 10;
  options.value_separation_bytes = 40;  // every value but that in the log
  MakeDamagedStore(options, env.sim());
  env.SetHook(hook);
  Salvage(options, "/db", "").status().IgnoreError();
  // May fail, but only with reason.
  const auto saved = Salvage(options, "/db", "/saved");
  if (env.faults() == 0) {
    EXPECT_OK(saved);
  }
  return env.sites();
}

// A store that sees no more errors opens, and has what it acknowledged.
void CheckKept(const Options& options, const std::vector<std::string>& keys) {
  const auto db = DB::Open(options, "/db");
  ASSERT_OK(db);
  for (const std::string& key : keys) EXPECT_OK((*db)->Get(key)) << key;
}

// A store that writes its logs over older ones.
Sites UseReusedLogs(const Hook& hook, uint64_t seed) {
  SiteEnv env(seed);
  Options options;
  options.env = &env;
  options.memtable_bytes = 64 << 10;
  options.durability = Durability::kOs;
  env.SetHook(hook);
  auto db = DB::Open(options, "/db");
  Random rng(seed);
  std::vector<std::string> keys;
  for (int round = 0; db.ok() && round < 5; ++round) {
    for (int i = 0; i < 10; ++i) {
      const std::string key = "key" + std::to_string(keys.size());
      if ((*db)->Put({}, key, rng.Bytes(1000)).ok()) keys.push_back(key);
    }
    (*db)->Flush().IgnoreError();
  }
  if (db.ok()) {
    for (const std::string& key : keys) EXPECT_OK((*db)->Get(key)) << key;
    (*db)->Close().IgnoreError();
    db->reset();
  }
  env.ClearHook();
  CheckKept(options, keys);
  return env.sites();
}

// A store that lost power: its log is not closed, and ends in reserved space.
// An error of its recovery loses nothing.
Sites UseRecovery(const Hook& hook, uint64_t seed) {
  SiteEnv env(seed);
  Options options;
  options.env = &env;
  auto db = DB::Open(options, "/db");
  EXPECT_OK(db);
  if (!db.ok()) return env.sites();
  const std::vector<std::string> keys = {"a", "b", "c"};
  for (const std::string& key : keys) EXPECT_OK((*db)->Put({}, key, "v"));
  env.sim()->Crash(CrashMode::kDropUnsynced, seed);
  db->reset();
  env.SetHook(hook);
  db = DB::Open(options, "/db");
  if (env.faults() == 0) {
    EXPECT_OK(db);
  }
  if (db.ok()) db->reset();
  env.ClearHook();
  CheckKept(options, keys);
  return env.sites();
}

Sites Run(const Plan& plan, Sites (*use)(const Hook&, uint64_t),
          uint64_t seed) {
  size_t next = 0;
  return use(
      [&](const EnvCall& call) {
        if (next == plan.size() || call.site != plan[next].site) {
          return absl::OkStatus();
        }
        return Error(plan[next++].internal);
      },
      seed);
}

void HitAll(Sites (*use)(const Hook&, uint64_t), uint64_t seed,
            Sites* all_sites) {
  Sites& all = *all_sites;
  std::map<Fault, int> tries;
  std::deque<Plan> plans = {Plan()};
  while (!plans.empty()) {
    const Plan plan = plans.front();
    plans.pop_front();
    if (!plan.empty() && WasHit(all[plan.back().site], plan.back().internal)) {
      continue;
    }
    for (const auto& [site, seen] : Run(plan, use, seed)) {
      SiteCounts& counts = all[site];
      counts.op = seen.op;
      counts.calls += seen.calls;
      counts.internal += seen.internal;
      counts.exhausted += seen.exhausted;
      if (plan.size() == kFaultsMax) continue;
      for (const bool internal : {true, false}) {
        if (WasHit(counts, internal)) continue;
        if (++tries[{site, internal}] > kTriesMax) continue;
        plans.push_back(plan);
        plans.back().push_back({site, internal});
      }
    }
  }
}

// Addresses in the file are what they are here, less this.
uintptr_t LoadAddress() {
  uintptr_t address = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        *static_cast<uintptr_t*>(out) = info->dlpi_addr;
        return 1;  // the first is the program itself
      },
      &address);
  return address;
}

}  // namespace
}  // namespace lsmkv::engine

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const uint64_t seed = lsmkv::TestSeed();
  lsmkv::Sites sites;
  lsmkv::engine::HitAll(lsmkv::engine::UseStore, seed, &sites);
  lsmkv::engine::HitAll(lsmkv::engine::UseReusedLogs, seed, &sites);
  lsmkv::engine::HitAll(lsmkv::engine::UseRecovery, seed, &sites);
  lsmkv::engine::HitAll(lsmkv::engine::UseSalvage, seed, &sites);
  const uintptr_t base = lsmkv::engine::LoadAddress();
  for (const auto& [site, counts] : sites) {
    std::printf("site 0x%" PRIxPTR " %s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                reinterpret_cast<uintptr_t>(site) - base,
                lsmkv::SimOpName(counts.op), counts.calls, counts.internal,
                counts.exhausted);
  }
  return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1
                                                                         : 0;
}
