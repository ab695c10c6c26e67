#include "tests/bench/suites.h"

#include <algorithm>

#include "absl/status/status.h"

namespace lsmkv::bench {
namespace {

constexpr int kRoundsByDefault = 3;
constexpr std::string_view kShapeWorkloads =
    "fillrandom,overwrite,readrandom,readmissing,readseq,seekrandom,ycsba,"
    "ycsbe,deleterandom";
constexpr std::string_view kThreadWorkloads =
    "fillrandom,overwrite,readrandom,readwhilewriting,ycsba,ycsbc";

constexpr SceneSpec kQuickScenes[] = {
    {.name = kBaseScene,
     .help = "200000 records of 16 and 100 bytes, decimal keys, 1 thread",
     .flags = "--num 200000",
     .workloads = ""},
};

constexpr SceneSpec kFullScenes[] = {
    {.name = kBaseScene,
     .help = "1 M records of 16 and 100 bytes, decimal keys, 1 thread",
     .flags = "--num 1000000",
     .workloads = ""},
    {.name = "hashed",
     .help = "keys that are hashes in hex",
     .flags = "--num 1000000 --keys hashed",
     .workloads = kShapeWorkloads},
    {.name = "binary",
     .help = "keys of random bytes",
     .flags = "--num 1000000 --keys binary",
     .workloads = kShapeWorkloads},
    {.name = "skewed",
     .help = "strings with few, long prefixes; Zipf draws",
     .flags = "--num 1000000 --keys skewed --skew zipf",
     .workloads = kShapeWorkloads},
    {.name = "1k",
     .help = "values of 1 KiB",
     .flags = "--num 300000 --value-bytes 1024",
     .workloads = "fillseq,fillrandom,overwrite,readrandom,readseq,seekrandom,"
                  "ycsba"},
    {.name = "16k",
     .help = "values of 16 KiB",
     .flags = "--num 30000 --value-bytes 16384",
     .workloads = "fillseq,fillrandom,overwrite,readrandom,readseq,seekrandom,"
                  "ycsba"},
    {.name = "threads2",
     .help = "2 threads",
     .flags = "--num 1000000 --threads 2",
     .workloads = kThreadWorkloads},
    {.name = "threads4",
     .help = "4 threads",
     .flags = "--num 1000000 --threads 4",
     .workloads = kThreadWorkloads},
    {.name = "unlogged",
     .help = "no log",
     .flags = "--num 1000000 --durability none",
     .workloads = "fillseq,fillbatch,fillrandom,overwrite,ycsba"},
    {.name = "synced",
     .help = "every commit is synced",
     .flags = "--num 100000 --durability sync",
     .workloads = "fillbatch,fillrandom"},
    {.name = "cold",
     .help = "data ten times the block cache, read",
     .flags = "--num 4000000 --cache-percent 10",
     .workloads = "readcold,readrandom,readmissing,seekrandom,ycsbc",
     .keep_stores = true},
    {.name = "large",
     .help = "data ten times the block cache, written",
     .flags = "--num 4000000 --cache-percent 10",
     .workloads = "overwrite,ycsba"},
    {.name = "2g",
     .help = "a store of 2 GB",
     .flags = "--num 2000000 --value-bytes 1024",
     .workloads = "reopen",
     .keep_stores = true},
    {.name = "wal",
     .help = "a log that is full",
     .flags = "--num 2000000",
     .workloads = "recover"},
};

constexpr Suite kSuites[] = {
    {"quick", "the base scene, small: some minutes", 3, kQuickScenes},
    {"full", "every scene that has a bar: hours", 5, kFullScenes},
};

absl::Status Unknown(std::string_view what, std::string_view name) {
  return absl::InvalidArgumentError("no " + std::string(what) + " \"" +
                                    std::string(name) + "\" (see --list)");
}

absl::StatusOr<std::vector<const Workload*>> SelectWorkloads(
    const std::vector<std::string>& names) {
  std::vector<const Workload*> selected;
  for (const Workload& workload : Workloads()) {
    if (names.empty() && !workload.extra) selected.push_back(&workload);
  }
  for (const std::string& name : names) {
    selected.push_back(FindWorkload(name));
    if (selected.back() == nullptr) return Unknown("workload", name);
  }
  return selected;
}

absl::StatusOr<Scene> MakeScene(const SceneSpec& spec, int rounds,
                                const BenchOptions& asked) {
  Scene scene;
  scene.name = spec.name;
  scene.flags = spec.flags;
  scene.keep_stores = spec.keep_stores;
  absl::StatusOr<BenchOptions> options =
      ParseFlags(Split(spec.flags, ' '), asked);
  if (!options.ok()) return options.status();
  scene.options = *std::move(options);
  if (asked.rounds == 0) scene.options.rounds = rounds;
  scene.options.num =
      std::max<uint64_t>(scene.options.num * asked.scale_percent / 100, 100);
  ScaleCache(&scene.options);
  // Workloads that were asked for are left of the scene's.
  std::vector<std::string> names = Split(spec.workloads, ',');
  const std::vector<std::string>& wanted = asked.workloads;
  for (const std::string& name : wanted) {
    if (FindWorkload(name) == nullptr) return Unknown("workload", name);
  }
  if (names.empty()) {
    names = wanted;
  } else if (!wanted.empty()) {
    std::erase_if(names, [&wanted](const std::string& name) {
      return std::find(wanted.begin(), wanted.end(), name) == wanted.end();
    });
    if (names.empty()) return scene;
  }
  absl::StatusOr<std::vector<const Workload*>> workloads =
      SelectWorkloads(names);
  if (!workloads.ok()) return workloads.status();
  scene.workloads = *std::move(workloads);
  return scene;
}

absl::StatusOr<std::vector<Scene>> CurveScenes(const BenchOptions& options) {
  if (!options.suite.empty()) {
    return absl::InvalidArgumentError("--suite or --curve, not both");
  }
  std::vector<Scene> scenes;
  for (const uint64_t num : options.curve) {
    const std::string name = std::to_string(num) + " keys";
    const std::string flags = "--num " + std::to_string(num);
    absl::StatusOr<Scene> scene =
        MakeScene({name, "", flags, "fillrandom,readrandom", false},
                  kRoundsByDefault, options);
    if (!scene.ok()) return scene.status();
    scenes.push_back(*std::move(scene));
  }
  return scenes;
}

}  // namespace

std::span<const Suite> Suites() { return kSuites; }

const Suite* FindSuite(std::string_view name) {
  for (const Suite& suite : kSuites) {
    if (suite.name == name) return &suite;
  }
  return nullptr;
}

absl::StatusOr<std::vector<Scene>> ScenesFor(const BenchOptions& options) {
  if (!options.curve.empty()) return CurveScenes(options);
  std::vector<Scene> scenes;
  const SceneSpec custom = {kCustomScene, "", "", "", false};
  Suite suite = {"", "", kRoundsByDefault, {&custom, 1}};
  if (!options.suite.empty()) {
    const Suite* const found = FindSuite(options.suite);
    if (found == nullptr) return Unknown("suite", options.suite);
    suite = *found;
  }
  for (const std::string& name : options.scenes) {
    if (std::none_of(
            suite.scenes.begin(), suite.scenes.end(),
            [&](const SceneSpec& spec) { return spec.name == name; })) {
      return Unknown("scene", name);
    }
  }
  for (const SceneSpec& spec : suite.scenes) {
    if (!options.scenes.empty() &&
        std::find(options.scenes.begin(), options.scenes.end(), spec.name) ==
            options.scenes.end()) {
      continue;
    }
    absl::StatusOr<Scene> scene = MakeScene(spec, suite.rounds, options);
    if (!scene.ok()) return scene.status();
    if (!scene->workloads.empty()) scenes.push_back(*std::move(scene));
  }
  return scenes;
}

}  // namespace lsmkv::bench
