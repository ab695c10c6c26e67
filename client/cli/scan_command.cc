#include "client/cli/scan_command.h"

#include <atomic>
#include <string>
#include <utility>

#include "client/cli/format.h"
#include "client/cli/progress.h"
#include "client/cli/range_args.h"
#include "client/cli/records.h"

namespace lsmkv::cli {
namespace {

absl::StatusOr<client::KeyRange> ScanRangeOf(const CommandContext& context,
                                             const ParsedArgs& args) {
  const bool has_options =
      args.Has("start") || args.Has("end") || args.Has("prefix");
  if (args.positionals.empty()) {
    if (has_options) return RangeOf(context, args);
    return absl::InvalidArgumentError(
        "a prefix is missing; \"\" is the whole store");
  }
  if (has_options) {
    return absl::InvalidArgumentError(
        "<prefix> excludes --prefix, --start and --end");
  }
  absl::StatusOr<std::string> prefix = context.Key(args.positionals[0]);
  if (!prefix.ok()) return prefix.status();
  return client::KeyRange::Prefix(*std::move(prefix));
}

// Writes records in the form the settings ask for.
class RecordPrinter {
 public:
  RecordPrinter(const CommandContext& context, bool keys_only)
      : out_(*context.io.out),
        output_(context.settings.output),
        key_encoding_(
            context.settings.key_encoding.value_or(Encoding::kEscaped)),
        value_encoding_(
            context.settings.value_encoding.value_or(Encoding::kEscaped)),
        keys_only_(keys_only) {
    if (output_ == OutputFormat::kJson) out_ << "{\"records\":[";
  }

  void Print(const client::Record& record) {
    if (output_ == OutputFormat::kText) {
      out_ << Encode(key_encoding_, record.key);
      if (!keys_only_) out_ << '\t' << Encode(value_encoding_, record.value);
      out_ << '\n';
      return;
    }
    if (output_ == OutputFormat::kJson) out_ << (first_ ? "\n" : ",\n");
    first_ = false;
    const std::string_view value = record.value;
    out_ << FormatJsonRecord(record.key, keys_only_ ? nullptr : &value,
                             record.version);
    if (output_ == OutputFormat::kNdjson) out_ << '\n';
  }

  // Only after a complete scan: half a scan must not look like a whole one.
  void Close() {
    if (output_ == OutputFormat::kJson) out_ << (first_ ? "]}\n" : "\n]}\n");
  }

 private:
  std::ostream& out_;
  const OutputFormat output_;
  const Encoding key_encoding_;
  const Encoding value_encoding_;
  const bool keys_only_;
  bool first_ = true;
};

ExitCode RunScan(CommandContext& context, const ParsedArgs& args) {
  client::ScanOptions scan;
  absl::StatusOr<client::KeyRange> range = ScanRangeOf(context, args);
  if (!range.ok()) return context.Usage(std::string(range.status().message()));
  scan.range = *std::move(range);
  const absl::StatusOr<uint64_t> limit = args.GetCount("limit", 0);
  if (!limit.ok()) return context.Usage(std::string(limit.status().message()));
  scan.limit = *limit;
  scan.reverse = args.Has("reverse");
  scan.keys_only = args.Has("keys-only");

  RecordPrinter printer(context, scan.keys_only);
  absl::Status status;
  {
    std::atomic<uint64_t> count{0};
    const Progress progress(
        context.io.err,
        context.io.err_is_terminal && !context.io.out_is_terminal,
        [&count](double seconds) {
          return Counted(count, "record") + ", " +
                 std::to_string(PerSecond(count, seconds)) + "/s";
        });
    client::ScanRange records = context.Client().Scan(scan);
    for (absl::StatusOr<client::Record>& record : records) {
      if (!record.ok()) {
        status = record.status();
        break;
      }
      printer.Print(*record);
      if (!context.io.out->good()) break;
      count.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (!status.ok()) return context.Fail(status);
  printer.Close();
  return context.Finish();
}

}  // namespace

Command ScanCommand() {
  return {"scan",
          {},
          "<prefix>",
          "Print the records whose key starts with <prefix>, in key order",
          0,
          1,
          {kPrefixOption,
           kStartOption,
           kEndOption,
           {"limit", 'n', "N", "at most so many records"},
           {"reverse", 'r', "", "from the last key to the first"},
           {"keys-only", 'k', "", "leave values out"}},
          RunScan};
}

}  // namespace lsmkv::cli
