#include "client/cli/batch_command.h"

#include <atomic>
#include <random>
#include <string>
#include <utility>

#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/progress.h"
#include "client/cli/random_data.h"
#include "client/cli/stopwatch.h"
#include "client/cli/write_pipeline.h"

namespace lsmkv::cli {
namespace {

constexpr uint64_t kValueBytesDefault = 100;

struct BatchPlan {
  uint64_t records = 0;
  size_t value_bytes = 0;
  std::string key_prefix;
  uint64_t seed = 0;
  PipelineOptions pipeline;
};

absl::StatusOr<BatchPlan> PlanBatch(const ParsedArgs& args) {
  BatchPlan plan;
  const absl::StatusOr<uint64_t> records = ParseCount(args.positionals[0].text);
  if (!records.ok()) return records.status();
  plan.records = *records;
  const absl::StatusOr<uint64_t> value_bytes =
      args.GetCount("value-bytes", kValueBytesDefault, 0);
  if (!value_bytes.ok()) return value_bytes.status();
  plan.value_bytes = *value_bytes;
  const absl::StatusOr<uint64_t> seed =
      args.GetCount("seed", std::random_device()(), 0);
  if (!seed.ok()) return seed.status();
  plan.seed = *seed;
  plan.key_prefix = args.Get("key-prefix").value_or("batch:");
  absl::Status s = ApplyDurability(args, &plan.pipeline.call);
  if (!s.ok()) return s;
  return plan;
}

absl::Status WriteRecords(const client::Client& client, const BatchPlan& plan,
                          std::atomic<uint64_t>* count,
                          uint64_t* acknowledged) {
  const absl::StatusOr<client::Limits> limits = client.GetLimits();
  if (!limits.ok()) return limits.status();
  if (limits->value_bytes_max != 0 &&
      plan.value_bytes > limits->value_bytes_max) {
    return absl::InvalidArgumentError(
        "--value-bytes: the server takes at most " +
        std::to_string(limits->value_bytes_max));
  }
  RandomData random(plan.seed);
  WritePipeline pipeline(client, BoundedBy(plan.pipeline, *limits));
  absl::Status status;
  for (uint64_t i = 1; i <= plan.records && status.ok(); ++i) {
    status = pipeline.Add(random.Key(plan.key_prefix),
                          random.Value(plan.value_bytes), i);
    count->store(pipeline.acknowledged_records(), std::memory_order_relaxed);
  }
  status.Update(pipeline.Finish());
  *acknowledged = pipeline.acknowledged_records();
  return status;
}

ExitCode RunBatch(CommandContext& context, const ParsedArgs& args) {
  const absl::StatusOr<BatchPlan> plan = PlanBatch(args);
  if (!plan.ok()) return context.Usage(std::string(plan.status().message()));
  const Stopwatch stopwatch;
  absl::Status status;
  uint64_t acknowledged = 0;
  {
    std::atomic<uint64_t> count{0};
    const Progress progress(context.io.err, context.io.err_is_terminal,
                            [&count, &plan](double seconds) {
                              return std::to_string(count) + " of " +
                                     Counted(plan->records, "record") + ", " +
                                     std::to_string(PerSecond(count, seconds)) +
                                     " records/s";
                            });
    status = WriteRecords(context.Client(), *plan, &count, &acknowledged);
  }
  if (!status.ok()) {
    *context.io.err << Counted(acknowledged, "record") << " written\n";
    return context.Fail(status);
  }
  const double seconds = stopwatch.Seconds();
  const uint64_t rate = PerSecond(plan->records, seconds);
  if (context.is_json()) {
    return context.Answer(JsonObject()
                              .Uint64("records", plan->records)
                              .Number("seconds", seconds, 3)
                              .Uint64("recordsPerSecond", rate)
                              .Close());
  }
  return context.Answer("Inserted " + Counted(plan->records, "record") +
                        " in " + FormatSeconds(seconds) + " (" +
                        std::to_string(rate) + " records/s)");
}

}  // namespace

Command BatchCommand() {
  return {"batch",
          {},
          "<n>",
          "Insert <n> random records and show the rate",
          1,
          1,
          {{"value-bytes", 0, "N", "size of a value; default 100"},
           {"key-prefix", 0, "PREFIX", "how keys start; default batch:"},
           {"seed", 0, "N", "the same seed writes the same records"},
           kDurabilityOption},
          RunBatch};
}

}  // namespace lsmkv::cli
