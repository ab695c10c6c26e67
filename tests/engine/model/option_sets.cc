#include "tests/engine/model/option_sets.h"

#include <utility>

#include "lsmkv/engine/db.h"
#include "lsmkv/engine/env.h"
#include "tests/engine/model/engine_store.h"
#include "tests/engine/model/shapes.h"
#include "tests/engine/model/twin_store.h"
#include "tests/support/sim_env.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::model {
namespace {

using engine::CompactionStyle;
using engine::Compression;
using engine::Durability;
using engine::Options;

// So small that a script of a megabyte fills several levels.
void MakeSmall(Options* o) {
  o->memtable_bytes = 64 << 10;
  o->table_bytes = 64 << 10;
  o->level_base_bytes = 128 << 10;
  o->level_multiplier = 4;
  o->l0_trigger = 2;
}

// But for the 64 MiB that a log of the real default reserves on the simulated
// disk at every opening.
void Defaults(Options* o) { o->memtable_bytes = 1 << 20; }

void OsDurability(Options* o) {
  MakeSmall(o);
  o->durability = Durability::kOs;
}

void TinyBlocksNoCompression(Options* o) {
  MakeSmall(o);
  o->block_bytes = 256;
  o->compression = Compression::kNone;
  o->compression_bottom = Compression::kNone;
}

void LargeBlocksZstd(Options* o) {
  MakeSmall(o);
  o->block_bytes = 256 << 10;
  o->compression = Compression::kZstd;
  o->compression_bottom = Compression::kZstd;
}

void MixedCompression(Options* o) {
  MakeSmall(o);
  o->compression = Compression::kNone;
  o->compression_bottom = Compression::kZstd;
  o->block_bytes = 1000;
}

void NoFilterNoCache(Options* o) {
  MakeSmall(o);
  o->filter_bits_per_key = 0;
  o->block_cache_bytes = 0;
}

void TinyCacheThreeThreads(Options* o) {
  MakeSmall(o);
  o->block_cache_bytes = 16 << 10;
  o->compaction_threads = 3;
  o->memtables_max = 2;
}

void LargeFilterLargeCache(Options* o) {
  MakeSmall(o);
  o->filter_bits_per_key = 20;
  o->block_cache_bytes = 512 << 20;
}

void OneBitFilterFewLevels(Options* o) {
  MakeSmall(o);
  o->filter_bits_per_key = 1;
  o->level_multiplier = 100;
  o->level_base_bytes = 256 << 10;
}

void IntervalDurabilityKeptLogs(Options* o) {
  MakeSmall(o);
  o->durability = Durability::kInterval;
  o->sync_interval_ms = 1;
  o->wal_keep_bytes = 1 << 20;
}

void OsDurabilityManyMemtables(Options* o) {
  MakeSmall(o);
  o->durability = Durability::kOs;
  o->memtables_max = 16;
  o->wal_keep_bytes = 1;
}

void ManyLevelsFourThreads(Options* o) {
  MakeSmall(o);
  o->level_base_bytes = 64 << 10;
  o->level_multiplier = 2;
  o->compaction_threads = 4;
}

void LateCompaction(Options* o) {
  MakeSmall(o);
  o->l0_trigger = 12;
  o->idle_compaction_ms = 1;
  o->table_bytes = 1 << 20;
  o->level_base_bytes = 1 << 20;
}

// Most values, and some that are in a table already at the next opening.
void SeparateValues(Options* o) {
  MakeSmall(o);
  o->value_separation_bytes = 24;
}

void EveryValueApartThreeThreads(Options* o) {
  MakeSmall(o);
  o->value_separation_bytes = 1;
  o->block_cache_bytes = 64 << 10;
  o->compression = Compression::kNone;
  o->compaction_threads = 3;
}

void Tiered(Options* o) {
  MakeSmall(o);
  o->compaction_style = CompactionStyle::kTiered;
}

void TieredThreeThreads(Options* o) {
  MakeSmall(o);
  o->compaction_style = CompactionStyle::kTiered;
  o->l0_trigger = 3;
  o->compaction_threads = 3;
  o->value_separation_bytes = 24;
}

void LazyLeveling(Options* o) {
  MakeSmall(o);
  o->compaction_style = CompactionStyle::kLazyLeveling;
  o->compaction_threads = 2;
}

std::vector<OptionSet> MakeOptionSets() {
  return {
      {"Defaults", Defaults},
      {"Small", MakeSmall},
      {"TinyBlocksNoCompression", TinyBlocksNoCompression},
      {"LargeBlocksZstd", LargeBlocksZstd},
      {"MixedCompression", MixedCompression},
      {"NoFilterNoCache", NoFilterNoCache},
      {"TinyCacheThreeThreads", TinyCacheThreeThreads},
      {"LargeFilterLargeCache", LargeFilterLargeCache},
      {"OneBitFilterFewLevels", OneBitFilterFewLevels},
      {"IntervalDurabilityKeptLogs", IntervalDurabilityKeptLogs},
      {"OsDurabilityManyMemtables", OsDurabilityManyMemtables},
      {"ManyLevelsFourThreads", ManyLevelsFourThreads},
      {"LateCompaction", LateCompaction},
      {"SeparateValues", SeparateValues},
      {"EveryValueApartThreeThreads", EveryValueApartThreeThreads},
      {"Tiered", Tiered},
      {"TieredThreeThreads", TieredThreeThreads},
      {"LazyLeveling", LazyLeveling},
      {"SharedCache", MakeSmall, OptionSet::kTwin},
      {"OthersAtEachOpening", nullptr, OptionSet::kChanging},
      {"PosixFiles", OsDurability, OptionSet::kPosix},
  };
}

Options MakeOptions(const OptionSet& set, engine::Env* env) {
  Options options;
  options.env = env;
  options.key_bytes_max = kKeyBytesMax;
  options.value_bytes_max = kValueBytesMax;
  set.apply(&options);
  return options;
}

// The options of the set; of all simulated ones where they change.
std::vector<Options> MakeOptionList(const OptionSet& set, engine::Env* env) {
  std::vector<Options> list;
  for (const OptionSet& each : AllOptionSets()) {
    const bool wanted = set.kind == OptionSet::kChanging
                            ? each.kind == OptionSet::kSimulated
                            : each.name == set.name;
    if (wanted) list.push_back(MakeOptions(each, env));
  }
  return list;
}

}  // namespace

const std::vector<OptionSet>& AllOptionSets() {
  static const std::vector<OptionSet> sets = MakeOptionSets();
  return sets;
}

struct StoreOnDisk::Disk {
  SimEnv simulated;
  std::unique_ptr<TempDir> folder;
};

std::unique_ptr<Store> StoreOnDisk::MakeEngine(const OptionSet& set,
                                               Disk* disk) {
  if (set.kind == OptionSet::kPosix) {
    disk->folder = std::make_unique<TempDir>();
    return std::make_unique<EngineStore>(MakeOptionList(set, nullptr),
                                         disk->folder->File("db"));
  }
  std::vector<Options> options = MakeOptionList(set, &disk->simulated);
  if (set.kind != OptionSet::kTwin) {
    return std::make_unique<EngineStore>(std::move(options), "/db");
  }
  options[0].block_cache = engine::NewBlockCache(1 << 20);
  return std::make_unique<TwinStore>(
      std::make_unique<EngineStore>(options, "/db"),
      std::make_unique<EngineStore>(options, "/twin"));
}

StoreOnDisk::StoreOnDisk(const OptionSet& set)
    : disk_(std::make_unique<Disk>()), store_(MakeEngine(set, disk_.get())) {}

StoreOnDisk::~StoreOnDisk() = default;

}  // namespace lsmkv::model
