#include "client/cli/verify_command.h"

#include <atomic>
#include <memory>
#include <string>

#include "client/cli/escape.h"
#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/progress.h"

namespace lsmkv::cli {
namespace {

// FILE: offset N: what is wrong; keys from 'a' to 'b'
std::string FindingText(const client::VerifyFinding& finding) {
  const std::string place =
      finding.file + ": offset " + std::to_string(finding.offset) + ": ";
  // Most messages begin with the place.
  std::string what = finding.message;
  if (what.compare(0, place.size(), place) == 0) what.erase(0, place.size());
  std::string text = Escape(place) + Escape(what);
  if (!finding.smallest_key.empty() || !finding.largest_key.empty()) {
    text += "; keys from '" + Escape(finding.smallest_key) + "' to '" +
            Escape(finding.largest_key) + "'";
  }
  return text;
}

std::string FindingJson(const client::VerifyFinding& finding) {
  return JsonObject()
      .Bytes("file", finding.file)
      .Uint64("offset", finding.offset)
      .Bytes("smallestKey", finding.smallest_key)
      .Bytes("largestKey", finding.largest_key)
      .Bytes("message", finding.message)
      .Close();
}

void AddNumbers(const client::VerifyProgress& progress, JsonObject* json) {
  json->Uint64("files", progress.files)
      .Uint64("bytes", progress.bytes)
      .Uint64("findings", progress.findings);
}

// Writes findings as they come, and shows how far the verify is in between.
class Listener {
 public:
  explicit Listener(CommandContext* context) : context_(context) { Show(); }

  void Hear(const client::VerifyEvent& event) {
    bytes_.store(event.progress.bytes, std::memory_order_relaxed);
    bytes_total_.store(event.progress.bytes_total, std::memory_order_relaxed);
    if (event.findings.empty()) return;
    progress_.reset();  // both may write to the same terminal
    for (const client::VerifyFinding& finding : event.findings) Write(finding);
    context_->io.out->flush();
    Show();
  }

  ExitCode Finish(const absl::StatusOr<client::VerifyProgress>& result) {
    progress_.reset();
    if (!result.ok()) return context_->Fail(result.status());
    const ExitCode written = context_->Answer(Summary(*result));
    if (written != ExitCode::kOk) return written;
    return result->findings == 0 ? ExitCode::kOk : ExitCode::kCorruptData;
  }

 private:
  void Show() {
    progress_ = std::make_unique<Progress>(
        context_->io.err, context_->io.err_is_terminal, [this](double) {
          return "verifying, " +
                 FormatBytes(bytes_.load(std::memory_order_relaxed)) + " of " +
                 FormatBytes(bytes_total_.load(std::memory_order_relaxed));
        });
  }

  void Write(const client::VerifyFinding& finding) {
    switch (context_->settings.output) {
      case OutputFormat::kText:
        *context_->io.out << FindingText(finding) << "\n";
        break;
      case OutputFormat::kNdjson:
        *context_->io.out << FindingJson(finding) << "\n";
        break;
      case OutputFormat::kJson:
        list_ += (list_.empty() ? "" : ",") + FindingJson(finding);
        break;
    }
  }

  std::string Summary(const client::VerifyProgress& progress) const {
    JsonObject json;
    AddNumbers(progress, &json);
    if (context_->settings.output == OutputFormat::kJson) {
      json.Raw("damage", "[" + list_ + "]");
    }
    if (context_->is_json()) return json.Close();
    return Counted(progress.files, "file") + ", " +
           FormatBytes(progress.bytes) + ": " +
           (progress.findings == 0
                ? "no damage"
                : Counted(progress.findings, "damaged place"));
  }

  CommandContext* const context_;
  std::string list_;  // of a JSON array
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> bytes_total_{0};
  std::unique_ptr<Progress> progress_;  // last: its thread reads the above
};

ExitCode RunVerify(CommandContext& context, const ParsedArgs& args) {
  const absl::StatusOr<uint64_t> rate = args.GetCount("bytes-per-second", 0);
  if (!rate.ok()) return context.Usage(std::string(rate.status().message()));
  client::VerifyOptions options;
  options.bytes_per_second = *rate;
  const client::Client client = context.Client();
  Listener listener(&context);
  return listener.Finish(client.Verify(
      options,
      [&](const client::VerifyEvent& event) { listener.Hear(event); }));
}

}  // namespace

Command VerifyCommand() {
  return {"verify",
          {},
          "",
          "Check all data on the server's disk; exit 9 if any is damaged",
          0,
          0,
          {{"bytes-per-second", 0, "N", "read no faster than this"}},
          RunVerify};
}

}  // namespace lsmkv::cli
