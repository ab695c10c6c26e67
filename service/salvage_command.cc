#include "service/salvage_command.h"

#include "absl/strings/str_cat.h"

#include "service/observability/logger.h"

namespace lsmkv::service {
namespace {

using engine::SalvagedFile;
using engine::SalvageLoss;
using engine::SalvageReport;

enum ExitCode {
  kSavedAllExitCode = 0,
  kFailureExitCode = 1,
  kPreconditionExitCode = 4,
  kLostExitCode = 9
};

const char* StateName(SalvagedFile::State state) {
  switch (state) {
    case SalvagedFile::State::kWhole:
      return "whole";
    case SalvagedFile::State::kPartly:
      return "partly";
    case SalvagedFile::State::kUnreadable:
      return "unreadable";
    case SalvagedFile::State::kUnused:
      break;
  }
  return "unused";
}

std::string Count(uint64_t n, const char* what) {
  return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
}

// "12 records", "at least 12 records" or "an unknown number of records".
std::string Lost(uint64_t records, bool known) {
  if (known) return Count(records, "record");
  if (records == 0) return "an unknown number of records";
  return absl::StrCat("at least ", Count(records, "record"));
}

std::string LossText(const SalvageLoss& loss) {
  std::string text =
      absl::StrCat("    lost: offset ", loss.offset, ", ",
                   Count(loss.bytes, "byte"), ": ", loss.status.message());
  if (!loss.smallest_key.empty() || !loss.largest_key.empty()) {
    absl::StrAppend(&text, "; keys from \"", EscapeText(loss.smallest_key),
                    "\" to \"", EscapeText(loss.largest_key), "\"");
  }
  if (loss.first_version != 0 && loss.last_version != 0) {
    absl::StrAppend(&text, "; versions ", loss.first_version, " to ",
                    loss.last_version);
  } else if (loss.first_version != 0) {
    absl::StrAppend(&text, "; versions from ", loss.first_version, " on");
  }
  return text + "\n";
}

std::string FileText(const SalvagedFile& file) {
  std::string text =
      absl::StrCat(EscapeText(file.path), ": ", StateName(file.state), ", ",
                   Count(file.bytes, "byte"));
  if (file.state == SalvagedFile::State::kUnused) {
    return text + ", not part of the store\n";
  }
  absl::StrAppend(&text, ", ", Count(file.records, "record"));
  if (!file.losses.empty()) {
    absl::StrAppend(&text,
                    ", lost: ", Lost(file.records_lost, file.records_known));
  }
  absl::StrAppend(&text, "\n");
  if (!file.note.empty()) absl::StrAppend(&text, "    ", file.note, "\n");
  if (file.tail_bytes > 0) {
    absl::StrAppend(&text, "    the last ", Count(file.tail_bytes, "byte"),
                    " make no record: a write that was never finished\n");
  }
  for (const SalvageLoss& loss : file.losses) {
    absl::StrAppend(&text, LossText(loss));
  }
  return text;
}

}  // namespace

std::string SalvageText(const SalvageReport& report,
                        const SalvageCommand& command) {
  const bool dry = command.target.empty();
  std::string text =
      absl::StrCat("salvage of ", EscapeText(command.source),
                   dry ? ": dry run, nothing is written" : "", "\n");
  absl::StrAppend(&text, "list of files: ",
                  report.manifest.ok() ? "read" : report.manifest.message(),
                  "\n");
  for (const SalvagedFile& file : report.files) {
    absl::StrAppend(&text, FileText(file));
  }
  for (const std::string& note : report.notes) {
    absl::StrAppend(&text, "note: ", note, "\n");
  }
  absl::StrAppend(&text, dry ? "can be saved: " : "saved: ",
                  Count(report.records, "record"), ", up to version ",
                  report.last_version, "\n");
  if (report.nothing_lost()) {
    absl::StrAppend(&text, "lost: nothing\n");
  } else {
    absl::StrAppend(
        &text, "lost: ",
        Lost(report.records_lost, report.records_known && report.manifest.ok()),
        ", ", Count(report.bytes_lost, "byte"), "\n");
  }
  if (!dry) {
    absl::StrAppend(&text, "new store: ", EscapeText(command.target), ", ",
                    Count(report.keys_written, "key"),
                    ", opened and read to check it\n");
  }
  return text;
}

int RunSalvage(const SalvageCommand& command, const ServerConfig& config,
               std::ostream* out, std::ostream* err) {
  const auto report =
      engine::Salvage(config.EngineOptions(), command.source, command.target);
  if (!report.ok()) {
    *err << "lsmkvd: salvage: " << report.status().message() << "\n";
    return absl::IsFailedPrecondition(report.status()) ||
                   absl::IsNotFound(report.status())
               ? kPreconditionExitCode
               : kFailureExitCode;
  }
  *out << SalvageText(*report, command) << std::flush;
  return report->nothing_lost() ? kSavedAllExitCode : kLostExitCode;
}

}  // namespace lsmkv::service
