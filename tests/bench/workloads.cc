#include "tests/bench/workloads.h"

#include "tests/bench/operations.h"

namespace lsmkv::bench {
namespace {

constexpr auto kKill = WriteMode::kSurvivesKill;
constexpr auto kSync = WriteMode::kSynced;
constexpr auto kEmpty = StoreState::kEmpty;
constexpr auto kLoaded = StoreState::kLoaded;
constexpr auto kOther = StoreState::kOther;

// name, help, needs, leaves, order, writes, mode, threads, ops_divisor,
// has_writer, run
constexpr Workload kWorkloads[] = {
    {"fillseq", "put every record in key order", kEmpty, kOther,
     Order::kSequential, true, kKill, 0, 1, false, Fill},
    {"fillbatch", "the same, 100 records in a batch", kEmpty, kOther,
     Order::kSequential, true, kKill, 0, 1, false, FillBatches},
    {"fillsync", "num/100 puts in random order, each synced", kEmpty, kOther,
     Order::kShuffled, true, kSync, 1, 100, false, Fill},
    {"fillsync16", "the same by 16 threads", kEmpty, kOther, Order::kShuffled,
     true, kSync, 16, 100, false, Fill},
    {"fillrandom", "put every record once in random order", kEmpty, kLoaded,
     Order::kShuffled, true, kKill, 0, 1, false, Fill},
    {"overwrite", "num puts of records drawn at random", kLoaded, kLoaded,
     Order::kDrawn, true, kKill, 0, 1, false, Overwrite},
    {"readrandom", "num gets of records drawn at random, cache warm", kLoaded,
     kLoaded, Order::kDrawn, false, kKill, 0, 1, false, ReadRandom},
    {"readmissing", "num gets of keys that are absent", kLoaded, kLoaded,
     Order::kDrawn, false, kKill, 0, 1, false, ReadMissing},
    {"readseq", "walk over all records forwards", kLoaded, kLoaded,
     Order::kSequential, false, kKill, 0, 1, false, ReadForward},
    {"readreverse", "walk over all records backwards", kLoaded, kLoaded,
     Order::kSequential, false, kKill, 0, 1, false, ReadBackward},
    {"seekrandom", "num/10 seeks to random records, 10 nexts each", kLoaded,
     kLoaded, Order::kDrawn, false, kKill, 0, 10, false, SeekRandom},
    {"readwhilewriting", "readrandom beside one writer at --writer-rate",
     kLoaded, kLoaded, Order::kDrawn, false, kKill, 0, 1, true, ReadRandom},
    {"deleterandom", "num deletions of records drawn at random", kLoaded,
     kOther, Order::kDrawn, true, kKill, 0, 1, false, DeleteAll},
};

}  // namespace

std::span<const Workload> Workloads() { return kWorkloads; }

const Workload* FindWorkload(std::string_view name) {
  for (const Workload& workload : kWorkloads) {
    if (workload.name == name) return &workload;
  }
  return nullptr;
}

}  // namespace lsmkv::bench
