#include "client/cli/admin_commands.h"

#include <string>

#include "client/cli/format.h"
#include "client/cli/json.h"
#include "client/cli/progress.h"
#include "client/cli/range_args.h"

namespace lsmkv::cli {
namespace {

// Lines of "Label: text".
class Lines {
 public:
  Lines& Add(const std::string& label, const std::string& text) {
    text_ += (text_.empty() ? "" : "\n") + label + ": " + text;
    return *this;
  }
  Lines& Add(const std::string& label, uint64_t number) {
    return Add(label, std::to_string(number));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string StatsText(const client::Stats& stats) {
  Lines lines;
  lines.Add("Server version", stats.server_version)
      .Add("Uptime", std::to_string(stats.uptime_seconds) + " s")
      .Add("MemTable records", stats.memtable_records)
      .Add("MemTable size", FormatBytes(stats.memtable_bytes) + " of " +
                                FormatBytes(stats.memtable_limit_bytes))
      .Add("Immutable MemTables",
           std::to_string(stats.immutable_memtables) + " (" +
               FormatBytes(stats.immutable_memtable_bytes) + ")")
      .Add("SST files", stats.table_files)
      .Add("SST records", stats.table_records)
      .Add("SST size", FormatBytes(stats.table_bytes));
  for (const client::LevelStats& level : stats.levels) {
    if (level.files == 0) continue;
    lines.Add("Level " + std::to_string(level.level),
              Counted(level.files, "file") + ", " +
                  Counted(level.records, "record") + ", " +
                  FormatBytes(level.bytes));
  }
  lines.Add("WAL files", stats.wal_files)
      .Add("WAL size", FormatBytes(stats.wal_bytes))
      .Add("Block cache",
           FormatBytes(stats.block_cache_bytes) + " of " +
               FormatBytes(stats.block_cache_capacity_bytes) + ", hits " +
               std::to_string(stats.block_cache_hits) + ", misses " +
               std::to_string(stats.block_cache_misses))
      .Add("Flushes", stats.flushes)
      .Add("Compactions", std::to_string(stats.compactions) + ", running " +
                              std::to_string(stats.compactions_running) +
                              ", pending " +
                              FormatBytes(stats.compaction_pending_bytes))
      .Add("Open snapshots", stats.open_snapshots)
      .Add("Last version", stats.last_version)
      .Add("Background error",
           stats.background_error.empty() ? "none" : stats.background_error);
  return lines.text();
}

std::string LevelsJson(const std::vector<client::LevelStats>& levels) {
  std::string json = "[";
  for (const client::LevelStats& level : levels) {
    if (json.size() > 1) json.push_back(',');
    json += JsonObject()
                .Raw("level", std::to_string(level.level))
                .Uint64("files", level.files)
                .Uint64("bytes", level.bytes)
                .Uint64("records", level.records)
                .Close();
  }
  return json + "]";
}

// The names and forms of GET /v1/admin/stats.
std::string StatsJson(const client::Stats& stats) {
  return JsonObject()
      .Uint64("memtableRecords", stats.memtable_records)
      .Uint64("memtableBytes", stats.memtable_bytes)
      .Uint64("memtableLimitBytes", stats.memtable_limit_bytes)
      .Uint64("immutableMemtables", stats.immutable_memtables)
      .Uint64("immutableMemtableBytes", stats.immutable_memtable_bytes)
      .Raw("levels", LevelsJson(stats.levels))
      .Uint64("tableFiles", stats.table_files)
      .Uint64("tableRecords", stats.table_records)
      .Uint64("tableBytes", stats.table_bytes)
      .Uint64("walFiles", stats.wal_files)
      .Uint64("walBytes", stats.wal_bytes)
      .Uint64("blockCacheBytes", stats.block_cache_bytes)
      .Uint64("blockCacheCapacityBytes", stats.block_cache_capacity_bytes)
      .Uint64("blockCacheHits", stats.block_cache_hits)
      .Uint64("blockCacheMisses", stats.block_cache_misses)
      .Uint64("flushes", stats.flushes)
      .Uint64("compactions", stats.compactions)
      .Uint64("compactionsRunning", stats.compactions_running)
      .Uint64("compactionPendingBytes", stats.compaction_pending_bytes)
      .Uint64("openSnapshots", stats.open_snapshots)
      .Uint64("lastVersion", stats.last_version)
      .Bytes("backgroundError", stats.background_error)
      .Bytes("serverVersion", stats.server_version)
      .Uint64("uptimeSeconds", stats.uptime_seconds)
      .Close();
}

std::string LimitsText(const client::Limits& limits) {
  return Lines()
      .Add("Key", FormatBytes(limits.key_bytes_max))
      .Add("Value", FormatBytes(limits.value_bytes_max))
      .Add("Batch", FormatBytes(limits.batch_bytes_max))
      .Add("Batch operations", limits.batch_operations_max)
      .Add("Page records", std::to_string(limits.page_size_max) +
                               ", by default " +
                               std::to_string(limits.page_size_default))
      .Add("Page", FormatBytes(limits.page_bytes_max))
      .Add("Stream chunk", FormatBytes(limits.stream_chunk_bytes))
      .Add("Page token lifetime",
           std::to_string(limits.snapshot_ttl_ms) + " ms")
      .Add("Deadline", std::to_string(limits.deadline_max_ms) +
                           " ms, by default " +
                           std::to_string(limits.deadline_default_ms) + " ms")
      .text();
}

// The names and forms of GET /v1/admin/limits.
std::string LimitsJson(const client::Limits& limits) {
  return JsonObject()
      .Uint64("keyBytesMax", limits.key_bytes_max)
      .Uint64("valueBytesMax", limits.value_bytes_max)
      .Uint64("batchBytesMax", limits.batch_bytes_max)
      .Uint64("batchOperationsMax", limits.batch_operations_max)
      .Uint64("pageSizeDefault", limits.page_size_default)
      .Uint64("pageSizeMax", limits.page_size_max)
      .Uint64("pageBytesMax", limits.page_bytes_max)
      .Uint64("streamChunkBytes", limits.stream_chunk_bytes)
      .Uint64("snapshotTtlMs", limits.snapshot_ttl_ms)
      .Uint64("deadlineDefaultMs", limits.deadline_default_ms)
      .Uint64("deadlineMaxMs", limits.deadline_max_ms)
      .Close();
}

ExitCode RunStats(CommandContext& context, const ParsedArgs&) {
  const absl::StatusOr<client::Stats> stats = context.Client().GetStats();
  if (!stats.ok()) return context.Fail(stats.status());
  return context.Answer(context.is_json() ? StatsJson(*stats)
                                          : StatsText(*stats));
}

ExitCode RunLimits(CommandContext& context, const ParsedArgs&) {
  const absl::StatusOr<client::Limits> limits = context.Client().GetLimits();
  if (!limits.ok()) return context.Fail(limits.status());
  return context.Answer(context.is_json() ? LimitsJson(*limits)
                                          : LimitsText(*limits));
}

// Answers OK, or an empty object, to work that has no result.
ExitCode AnswerDone(CommandContext& context, const absl::Status& status) {
  if (!status.ok()) return context.Fail(status);
  return context.Answer(context.is_json() ? "{}" : "OK");
}

Progress::Text Waiting(const std::string& what) {
  return [what](double seconds) {
    return what + ", " + std::to_string(static_cast<int>(seconds)) + " s";
  };
}

ExitCode RunFlush(CommandContext& context, const ParsedArgs&) {
  absl::Status status;
  {
    const Progress progress(context.io.err, context.io.err_is_terminal,
                            Waiting("flushing"));
    status = context.Client().Flush();
  }
  return AnswerDone(context, status);
}

ExitCode RunCompact(CommandContext& context, const ParsedArgs& args) {
  const absl::StatusOr<client::KeyRange> range = RangeOf(context, args);
  if (!range.ok()) return context.Usage(std::string(range.status().message()));
  absl::Status status;
  {
    const Progress progress(context.io.err, context.io.err_is_terminal,
                            Waiting("compacting"));
    status = context.Client().Compact(*range);
  }
  return AnswerDone(context, status);
}

ExitCode RunHealth(CommandContext& context, const ParsedArgs&) {
  const absl::StatusOr<client::HealthState> state = context.Client().Health();
  if (!state.ok()) return context.Fail(state.status());
  const bool serving = *state == client::HealthState::kServing;
  const std::string name = serving ? "SERVING"
                           : *state == client::HealthState::kNotServing
                               ? "NOT_SERVING"
                               : "UNKNOWN";
  const ExitCode written = context.Answer(
      context.is_json() ? JsonObject().Text("status", name).Close() : name);
  return serving ? written : ExitCode::kOther;
}

}  // namespace

std::vector<Command> AdminCommands() {
  return {
      {"stats",
       {},
       "",
       "Show what the store holds and has done",
       0,
       0,
       {},
       RunStats},
      {"limits",
       {},
       "",
       "Show the limits the server enforces",
       0,
       0,
       {},
       RunLimits},
      {"flush",
       {},
       "",
       "Write what is in memory to tables, and wait for it",
       0,
       0,
       {},
       RunFlush},
      {"compact",
       {},
       "[<start> [<end>]]",
       "Compact everything, or a range, to the last level, and wait for it",
       0,
       2,
       {kPrefixOption},
       RunCompact},
      {"health",
       {},
       "",
       "Ask whether the server serves; exit 1 if not",
       0,
       0,
       {},
       RunHealth},
  };
}

}  // namespace lsmkv::cli
