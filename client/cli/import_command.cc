#include "client/cli/import_command.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "client/cli/escape.h"
#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/line_reader.h"
#include "client/cli/progress.h"
#include "client/cli/progress_file.h"
#include "client/cli/records.h"
#include "client/cli/stopwatch.h"
#include "client/cli/write_pipeline.h"

namespace lsmkv::cli {
namespace {

constexpr OptionSpec kFormatOption = {
    "format", 'f', "ndjson|tsv", "default: tsv for *.tsv, otherwise ndjson"};

// What the options say.
struct ImportPlan {
  std::string path;  // "-": stdin
  RecordFormat format = RecordFormat::kNdjson;
  uint64_t first_line = 1;
  bool dry_run = false;
  PipelineOptions pipeline;
};

absl::StatusOr<ImportPlan> PlanImport(const ParsedArgs& args) {
  ImportPlan plan;
  const Token& file = args.positionals[0];
  plan.path = file.literal && file.text == "-" ? "./-" : file.text;
  const bool is_tsv = std::filesystem::path(plan.path).extension() == ".tsv";
  const absl::StatusOr<RecordFormat> format =
      ParseRecordFormat(args.Get("format").value_or(is_tsv ? "tsv" : "ndjson"));
  if (!format.ok()) return format.status();
  plan.format = *format;
  const absl::StatusOr<uint64_t> first_line = args.GetCount("start-line", 1);
  if (!first_line.ok()) return first_line.status();
  plan.first_line = *first_line;
  const absl::StatusOr<uint64_t> in_flight =
      args.GetCount("in-flight", plan.pipeline.in_flight_max);
  if (!in_flight.ok()) return in_flight.status();
  plan.pipeline.in_flight_max = *in_flight;
  const absl::StatusOr<uint64_t> batch_records =
      args.GetCount("batch-records", plan.pipeline.batch_records_max);
  if (!batch_records.ok()) return batch_records.status();
  plan.pipeline.batch_records_max = *batch_records;
  plan.dry_run = args.Has("dry-run");
  if (const auto path = args.Get("progress-file"); path.has_value()) {
    plan.pipeline.on_acknowledged = [path = *path](uint64_t line) {
      return WriteProgressFile(path, line);
    };
  }
  absl::Status s = ApplyDurability(args, &plan.pipeline.call);
  if (!s.ok()) return s;
  return plan;
}

// One run of the command.
class Import {
 public:
  Import(CommandContext& context, ImportPlan plan)
      : context_(context), plan_(std::move(plan)) {}

  ExitCode Run(std::istream* in);

 private:
  // Everything from the first line on; the error that ended it.
  absl::Status ReadRecords(LineReader* lines, WritePipeline* pipeline);
  // A line's fault; null limits are not enforced here.
  absl::Status CheckRecord(const KeyValue& record) const;
  ExitCode Report(const absl::Status& read, const absl::Status& written,
                  double seconds, const WritePipeline* pipeline);
  std::string Source() const {
    return plan_.path == "-" ? "stdin" : Escape(plan_.path);
  }

  CommandContext& context_;
  const ImportPlan plan_;
  client::Limits limits_;  // 0: unknown, the server will tell
  std::atomic<uint64_t> records_read_{0};
  std::atomic<uint64_t> bytes_read_{0};
};

absl::Status Import::CheckRecord(const KeyValue& record) const {
  const auto check = [](const char* what, uint64_t bytes, uint64_t bytes_max) {
    if (bytes_max == 0 || bytes <= bytes_max) return absl::OkStatus();
    return absl::InvalidArgumentError(
        std::string("the ") + what + " has " + std::to_string(bytes) +
        " bytes, the server takes " + std::to_string(bytes_max));
  };
  absl::Status s = check("key", record.key.size(), limits_.key_bytes_max);
  if (!s.ok()) return s;
  return check("value", record.value.size(), limits_.value_bytes_max);
}

absl::Status Import::ReadRecords(LineReader* lines, WritePipeline* pipeline) {
  std::string_view line;
  while (true) {
    const absl::StatusOr<bool> more = lines->Next(&line);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    bytes_read_.store(lines->bytes_read(), std::memory_order_relaxed);
    if (lines->line_number() < plan_.first_line) continue;
    if (plan_.format == RecordFormat::kNdjson &&
        line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;  // a blank line
    }
    absl::StatusOr<KeyValue> record = ParseRecordLine(plan_.format, line);
    const absl::Status bad =
        record.ok() ? CheckRecord(*record) : record.status();
    if (!bad.ok()) {
      return absl::InvalidArgumentError(Source() + ": line " +
                                        std::to_string(lines->line_number()) +
                                        ": " + std::string(bad.message()));
    }
    records_read_.fetch_add(1, std::memory_order_relaxed);
    if (pipeline == nullptr) continue;
    // An error of the pipeline comes back from its Finish().
    const absl::Status added = pipeline->Add(
        std::move(record->key), std::move(record->value), lines->line_number());
    if (!added.ok()) return absl::OkStatus();
  }
}

ExitCode Import::Run(std::istream* in) {
  const Stopwatch stopwatch;
  std::optional<WritePipeline> pipeline;
  if (!plan_.dry_run) {
    client::Client client = context_.Client();
    const absl::StatusOr<client::Limits> limits = client.GetLimits();
    if (limits.ok()) {
      limits_ = *limits;
    } else if (!absl::IsUnimplemented(limits.status()) &&
               !absl::IsPermissionDenied(limits.status())) {
      return context_.Fail(limits.status());
    }
    pipeline.emplace(std::move(client), BoundedBy(plan_.pipeline, limits_));
  }
  absl::Status read;
  absl::Status written;
  {
    const Progress progress(
        context_.io.err, context_.io.err_is_terminal, [this](double seconds) {
          const uint64_t count = records_read_.load(std::memory_order_relaxed);
          return Counted(count, "record") + ", " +
                 FormatBytes(bytes_read_.load(std::memory_order_relaxed)) +
                 ", " + std::to_string(PerSecond(count, seconds)) +
                 " records/s";
        });
    LineReader lines(in);
    read = ReadRecords(&lines, pipeline ? &*pipeline : nullptr);
    if (pipeline) written = pipeline->Finish();
  }
  return Report(read, written, stopwatch.Seconds(),
                pipeline ? &*pipeline : nullptr);
}

ExitCode Import::Report(const absl::Status& read, const absl::Status& written,
                        double seconds, const WritePipeline* pipeline) {
  const uint64_t count =
      pipeline ? pipeline->acknowledged_records() : records_read_.load();
  if (!written.ok() || !read.ok()) {
    ExitCode code = ExitCode::kOther;  // a bad line
    if (written.ok()) {
      context_.Fail(read);
    } else {
      code = context_.Fail(written);
    }
    if (pipeline) {
      *context_.io.err << Counted(count, "record") << " written, up to line "
                       << pipeline->acknowledged_line() << "\n"
                       << std::flush;
    }
    return code;
  }
  const uint64_t rate = PerSecond(count, seconds);
  if (context_.is_json()) {
    return context_.Answer(JsonObject()
                               .Uint64("records", count)
                               .Number("seconds", seconds, 3)
                               .Uint64("recordsPerSecond", rate)
                               .Close());
  }
  return context_.Answer((plan_.dry_run ? "Checked " : "Imported ") +
                         Counted(count, "record") + " in " +
                         FormatSeconds(seconds) + " (" + std::to_string(rate) +
                         " records/s)");
}

ExitCode RunImport(CommandContext& context, const ParsedArgs& args) {
  absl::StatusOr<ImportPlan> plan = PlanImport(args);
  if (!plan.ok()) return context.Usage(std::string(plan.status().message()));
  const std::string path = plan->path;
  if (path == "-") {
    if (context.in_prompt) {
      return context.Usage("stdin holds the commands here; name a file");
    }
    return Import(context, *std::move(plan)).Run(context.io.in);
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return context.Trouble(Escape(path) + " is a directory");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) {
    return context.Trouble("cannot open " + Escape(path) + ": " +
                           std::strerror(errno));
  }
  return Import(context, *std::move(plan)).Run(&file);
}

}  // namespace

Command ImportCommand() {
  return {"import",
          {},
          "<file>|-",
          "Write the records of a file; stop at the first bad line",
          1,
          1,
          {kFormatOption,
           {"dry-run", 0, "", "only check the lines"},
           {"start-line", 0, "N", "begin with this line"},
           {"batch-records", 0, "N", "most records of a batch; default 1000"},
           {"in-flight", 0, "N", "batches under way at once; default 4"},
           {"progress-file", 0, "FILE",
            "holds the number of the last line that is stored"},
           kDurabilityOption},
          RunImport};
}

}  // namespace lsmkv::cli
