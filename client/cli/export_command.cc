#include "client/cli/export_command.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "client/cli/escape.h"
#include "client/cli/format.h"
#include "client/cli/progress.h"
#include "client/cli/range_args.h"
#include "client/cli/records.h"
#include "client/cli/stopwatch.h"

namespace lsmkv::cli {
namespace {

// Where the lines go: stdout, or a file that takes its name only once it is
// complete, so that half an export never looks like a whole one.
class Target {
 public:
  Target(std::ostream* stdout_stream, const Token& file)
      : path_(file.literal && file.text == "-" ? "./-" : file.text),
        stdout_(stdout_stream) {}
  ~Target() {
    if (file_.is_open()) file_.close();
    if (!partial_path_.empty()) std::remove(partial_path_.c_str());
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  absl::Status Open() {
    if (path_ == "-") return absl::OkStatus();
    std::error_code ignored;
    const auto kind = std::filesystem::status(path_, ignored).type();
    if (kind == std::filesystem::file_type::directory) {
      return absl::InvalidArgumentError(Escape(path_) + " is a directory");
    }
    // A device or a pipe is written directly.
    const bool is_file = kind == std::filesystem::file_type::regular ||
                         kind == std::filesystem::file_type::not_found;
    if (is_file) partial_path_ = path_ + ".partial";
    errno = 0;
    file_.open(is_file ? partial_path_ : path_,
               std::ios::binary | std::ios::trunc);
    if (file_.is_open()) return absl::OkStatus();
    partial_path_.clear();
    return absl::InvalidArgumentError("cannot create " + Escape(path_) + ": " +
                                      std::strerror(errno));
  }

  std::ostream& stream() { return path_ == "-" ? *stdout_ : file_; }

  absl::Status Commit() {
    errno = 0;
    stream().flush();
    if (path_ != "-") file_.close();
    const bool named = stream().good() &&
                       (partial_path_.empty() ||
                        std::rename(partial_path_.c_str(), path_.c_str()) == 0);
    if (!named) {
      return absl::UnknownError("cannot write " + Escape(path_) + ": " +
                                std::strerror(errno));
    }
    partial_path_.clear();
    return absl::OkStatus();
  }

 private:
  const std::string path_;  // "-": stdout
  std::ostream* const stdout_;
  std::string partial_path_;  // to be removed, unless empty
  std::ofstream file_;
};

struct ExportPlan {
  client::ScanOptions scan;
  RecordFormat format = RecordFormat::kNdjson;
};

absl::StatusOr<ExportPlan> PlanExport(const CommandContext& context,
                                      const ParsedArgs& args,
                                      const std::string& path) {
  ExportPlan plan;
  ParsedArgs bounds = args;
  bounds.positionals.clear();
  absl::StatusOr<client::KeyRange> range = RangeOf(context, bounds);
  if (!range.ok()) return range.status();
  plan.scan.range = *std::move(range);
  const absl::StatusOr<uint64_t> limit = args.GetCount("limit", 0);
  if (!limit.ok()) return limit.status();
  plan.scan.limit = *limit;
  const bool is_tsv = std::filesystem::path(path).extension() == ".tsv";
  const absl::StatusOr<RecordFormat> format =
      ParseRecordFormat(args.Get("format").value_or(is_tsv ? "tsv" : "ndjson"));
  if (!format.ok()) return format.status();
  plan.format = *format;
  return plan;
}

// Copies the scan to the target; counts as it goes.
absl::Status CopyRecords(const client::Client& client, const ExportPlan& plan,
                         std::ostream& out, std::atomic<uint64_t>* count) {
  std::string line;
  client::ScanRange records = client.Scan(plan.scan);
  for (absl::StatusOr<client::Record>& record : records) {
    if (!record.ok()) return record.status();
    line.clear();
    AppendRecordLine(plan.format, record->key, record->value, record->version,
                     &line);
    out << line;
    if (!out.good()) break;  // Target::Commit reports it
    count->fetch_add(1, std::memory_order_relaxed);
  }
  return absl::OkStatus();
}

ExitCode RunExport(CommandContext& context, const ParsedArgs& args) {
  const Token file =
      args.positionals.empty() ? Token{"-", false} : args.positionals[0];
  const absl::StatusOr<ExportPlan> plan = PlanExport(context, args, file.text);
  if (!plan.ok()) return context.Usage(std::string(plan.status().message()));
  Target target(context.io.out, file);
  if (absl::Status s = target.Open(); !s.ok()) {
    return context.Trouble(std::string(s.message()));
  }
  const Stopwatch stopwatch;
  std::atomic<uint64_t> count{0};
  absl::Status status;
  {
    const bool to_terminal = file.text == "-" && context.io.out_is_terminal;
    const Progress progress(
        context.io.err, context.io.err_is_terminal && !to_terminal,
        [&count](double seconds) {
          return Counted(count, "record") + ", " +
                 std::to_string(PerSecond(count, seconds)) + " records/s";
        });
    status = CopyRecords(context.Client(), *plan, target.stream(), &count);
  }
  if (status.ok()) status = target.Commit();
  if (!status.ok()) return context.Fail(status);
  *context.io.err << "Exported " << Counted(count, "record") << " in "
                  << FormatSeconds(stopwatch.Seconds()) << "\n"
                  << std::flush;
  return ExitCode::kOk;
}

}  // namespace

Command ExportCommand() {
  return {"export",
          {},
          "[<file>|-]",
          "Write every record, or those of a range, as lines in key order",
          0,
          1,
          {{"format", 'f', "ndjson|tsv",
            "default: tsv for *.tsv, otherwise ndjson"},
           kPrefixOption,
           kStartOption,
           kEndOption,
           {"limit", 'n', "N", "at most so many records"}},
          RunExport};
}

}  // namespace lsmkv::cli
