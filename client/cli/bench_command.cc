#include "client/cli/bench_command.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/mutex.h"
#include "client/cli/progress.h"
#include "client/cli/random_data.h"
#include "client/cli/stopwatch.h"

namespace lsmkv::cli {
namespace {

enum class Mix { kPut, kGet, kMixed };

struct BenchPlan {
  Mix mix = Mix::kPut;
  std::string mix_name;
  uint64_t operations = 0;
  uint64_t concurrency = 0;
  uint64_t value_bytes = 0;
  uint64_t keys = 0;
  uint64_t seed = 0;
  std::string key_prefix;
  client::CallOptions call;
};

absl::StatusOr<BenchPlan> PlanBench(const ParsedArgs& args) {
  BenchPlan plan;
  plan.mix_name = args.positionals.empty() ? "mixed" : args.positionals[0].text;
  if (plan.mix_name == "put") {
    plan.mix = Mix::kPut;
  } else if (plan.mix_name == "get") {
    plan.mix = Mix::kGet;
  } else if (plan.mix_name == "mixed") {
    plan.mix = Mix::kMixed;
  } else {
    return absl::InvalidArgumentError("there is put, get and mixed");
  }
  const struct {
    const char* option;
    uint64_t otherwise;
    uint64_t least;
    uint64_t* out;
  } counts[] = {
      {"count", 10000, 1, &plan.operations},
      {"concurrency", 8, 1, &plan.concurrency},
      {"value-bytes", 100, 0, &plan.value_bytes},
      {"keys", 0, 1, &plan.keys},
      {"seed", 1, 0, &plan.seed},
  };
  for (const auto& count : counts) {
    const absl::StatusOr<uint64_t> number =
        args.GetCount(count.option, count.otherwise, count.least);
    if (!number.ok()) return number.status();
    *count.out = *number;
  }
  if (plan.concurrency > 1024) {
    return absl::InvalidArgumentError("--concurrency may be 1024 at most");
  }
  if (plan.keys == 0) plan.keys = plan.operations;
  plan.key_prefix = args.Get("key-prefix").value_or("bench:");
  absl::Status s = ApplyDurability(args, &plan.call);
  if (!s.ok()) return s;
  return plan;
}

struct BenchResult {
  std::vector<uint32_t> latencies_us;  // of the operations that succeeded
  uint64_t absent = 0;                 // gets that found nothing; they count
  absl::Status first_error;
  double seconds = 0;
};

// The workers of one run: each does the next operation until none is left.
class Bench {
 public:
  Bench(client::Client client, const BenchPlan& plan)
      : client_(std::move(client)), plan_(plan) {}

  BenchResult Run();

  uint64_t done() const {
    return std::min(next_.load(std::memory_order_relaxed), plan_.operations);
  }

 private:
  void Work(uint64_t worker);
  // OK and NOT_FOUND are both good.
  absl::Status DoOne(RandomData* random, const std::string& value);

  const client::Client client_;
  const BenchPlan& plan_;
  std::atomic<uint64_t> next_{0};
  std::atomic<bool> failed_{false};
  Mutex mu_;
  BenchResult result_ ABSL_GUARDED_BY(mu_);
};

absl::Status Bench::DoOne(RandomData* random, const std::string& value) {
  char key[32];
  std::snprintf(key, sizeof(key), "%016llx",
                static_cast<unsigned long long>(random->Number() % plan_.keys));
  const bool is_put = plan_.mix == Mix::kPut ||
                      (plan_.mix == Mix::kMixed && random->Number() % 2 == 0);
  const std::string whole_key = plan_.key_prefix + key;
  if (is_put) return client_.Put(whole_key, value, plan_.call).status();
  return client_.Get(whole_key, plan_.call).status();
}

void Bench::Work(uint64_t worker) {
  RandomData random(plan_.seed * 1'000'003 + worker);
  const std::string value = random.Value(plan_.value_bytes);
  std::vector<uint32_t> latencies_us;
  uint64_t absent = 0;
  absl::Status error;
  while (!failed_.load(std::memory_order_relaxed) &&
         next_.fetch_add(1, std::memory_order_relaxed) < plan_.operations) {
    const Stopwatch stopwatch;
    const absl::Status status = DoOne(&random, value);
    if (absl::IsNotFound(status)) {
      ++absent;
    } else if (!status.ok()) {
      error = status;
      failed_.store(true, std::memory_order_relaxed);
      break;
    }
    latencies_us.push_back(
        static_cast<uint32_t>(std::min(stopwatch.Seconds() * 1e6, 4e9)));
  }
  MutexLock lock(&mu_);
  result_.latencies_us.insert(result_.latencies_us.end(), latencies_us.begin(),
                              latencies_us.end());
  result_.absent += absent;
  if (result_.first_error.ok()) result_.first_error = error;
}

BenchResult Bench::Run() {
  const Stopwatch stopwatch;
  std::vector<std::thread> workers;
  for (uint64_t i = 0; i < plan_.concurrency; ++i) {
    workers.emplace_back([this, i] { Work(i); });
  }
  for (std::thread& worker : workers) worker.join();
  MutexLock lock(&mu_);
  result_.seconds = stopwatch.Seconds();
  return std::move(result_);
}

// In milliseconds. `sorted_us` is not empty.
double PercentileMs(const std::vector<uint32_t>& sorted_us, double share) {
  const auto last = static_cast<double>(sorted_us.size() - 1);
  return sorted_us[static_cast<size_t>(last * share)] / 1000.0;
}

ExitCode Report(CommandContext& context, const BenchPlan& plan,
                BenchResult result) {
  std::vector<uint32_t>& us = result.latencies_us;
  std::sort(us.begin(), us.end());
  if (us.empty()) us.push_back(0);
  const double p50_ms = PercentileMs(us, 0.5);
  const double p99_ms = PercentileMs(us, 0.99);
  const double max_ms = us.back() / 1000.0;
  const uint64_t rate = PerSecond(plan.operations, result.seconds);
  if (context.is_json()) {
    return context.Answer(JsonObject()
                              .Text("workload", plan.mix_name)
                              .Uint64("operations", plan.operations)
                              .Uint64("concurrency", plan.concurrency)
                              .Uint64("valueBytes", plan.value_bytes)
                              .Uint64("absent", result.absent)
                              .Number("seconds", result.seconds, 3)
                              .Uint64("operationsPerSecond", rate)
                              .Number("p50Ms", p50_ms, 3)
                              .Number("p99Ms", p99_ms, 3)
                              .Number("maxMs", max_ms, 3)
                              .Close());
  }
  char latency[128];
  std::snprintf(latency, sizeof(latency),
                "latency: p50 %.3f ms, p99 %.3f ms, max %.3f ms", p50_ms,
                p99_ms, max_ms);
  std::string text = plan.mix_name + ": " +
                     Counted(plan.operations, "operation") + " in " +
                     FormatSeconds(result.seconds) + " (" +
                     std::to_string(rate) + " operations/s)\n" + latency;
  if (plan.mix != Mix::kPut) {
    text += "\nabsent: " + std::to_string(result.absent);
  }
  return context.Answer(text);
}

ExitCode RunBench(CommandContext& context, const ParsedArgs& args) {
  const absl::StatusOr<BenchPlan> plan = PlanBench(args);
  if (!plan.ok()) return context.Usage(std::string(plan.status().message()));
  Bench bench(context.Client(), *plan);
  BenchResult result;
  {
    const Progress progress(
        context.io.err, context.io.err_is_terminal,
        [&bench, &plan](double seconds) {
          return std::to_string(bench.done()) + " of " +
                 Counted(plan->operations, "operation") + ", " +
                 std::to_string(PerSecond(bench.done(), seconds)) + "/s";
        });
    result = bench.Run();
  }
  if (!result.first_error.ok()) return context.Fail(result.first_error);
  return Report(context, *plan, std::move(result));
}

}  // namespace

Command BenchCommand() {
  return {"bench",
          {},
          "[put|get|mixed]",
          "Measure single puts and gets: rate and latency",
          0,
          1,
          {{"count", 'n', "N", "operations; default 10000"},
           {"concurrency", 'c', "N", "calls under way at once; default 8"},
           {"value-bytes", 0, "N", "size of a value; default 100"},
           {"keys", 0, "N", "different keys; default: as many as operations"},
           {"key-prefix", 0, "PREFIX", "how keys start; default bench:"},
           {"seed", 0, "N", "of the order of keys; default 1"},
           kDurabilityOption},
          RunBench};
}

}  // namespace lsmkv::cli
