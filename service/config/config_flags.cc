#include "service/config/config_flags.h"

#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace lsmkv::service {
namespace {

using Setter = decltype(ConfigFlag::set);

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return value;
}

struct Range {
  uint64_t least = 0;
  uint64_t most = UINT64_MAX;
};

std::string CheckRange(std::optional<uint64_t> value, const Range& range,
                       const char* kind) {
  if (value && *value >= range.least && *value <= range.most) return "";
  return absl::StrCat("must be a ", kind, " from ", range.least, " to ",
                      range.most);
}

// `field` finds the place of the value in the config.
template <typename Field>
Setter Number(Range range, Field field) {
  return [=](const std::string& text, ServerConfig* config) {
    const std::optional<uint64_t> value = ParseNumber(text);
    std::string problem = CheckRange(value, range, "number");
    using Type = std::remove_reference_t<decltype(field(*config))>;
    if (problem.empty()) field(*config) = static_cast<Type>(*value);
    return problem;
  };
}

template <typename Field>
Setter Bytes(Range range, Field field) {
  return [=](const std::string& text, ServerConfig* config) {
    const std::optional<uint64_t> value = ParseBytes(text);
    std::string problem =
        CheckRange(value, range, "size in bytes (KiB, MiB, GiB allowed)");
    if (problem.empty()) field(*config) = *value;
    return problem;
  };
}

template <typename Field>
Setter Duration(Range range_ms, Field field) {
  return [=](const std::string& text, ServerConfig* config) {
    const std::optional<uint64_t> value = ParseDurationMs(text);
    if (!value || *value < range_ms.least || *value > range_ms.most) {
      return std::string(
          "must be a time such as 30s, 10m or 24h, of a year at most, or 0");
    }
    field(*config) = *value;
    return std::string();
  };
}

template <typename Type, typename Field>
Setter Choice(std::vector<std::pair<std::string, Type>> choices, Field field) {
  return [=](const std::string& text, ServerConfig* config) {
    std::string names;
    for (const auto& [name, value] : choices) {
      if (name == text) {
        field(*config) = value;
        return std::string();
      }
      absl::StrAppend(&names, names.empty() ? "" : ", ", name);
    }
    return absl::StrCat("must be one of ", names);
  };
}

template <typename Field>
Setter Text(Field field) {
  return [=](const std::string& text, ServerConfig* config) {
    if (text.empty()) return std::string("must not be empty");
    field(*config) = text;
    return std::string();
  };
}

template <typename Field>
Setter Switch(Field field) {
  return Choice<bool>({{"true", true}, {"false", false}}, field);
}

using Config = ServerConfig;

constexpr uint64_t kYearMs = uint64_t{365} * 24 * 3'600'000;

void AddListeners(std::vector<ConfigFlag>* flags) {
  flags->insert(flags->end(),
                {{"data-dir", "DIR", "./lsmkv-data", "where the store lives",
                  Text([](Config & c) -> auto& { return c.data_dir; })},
                 {"grpc-listen", "HOST:PORT", "127.0.0.1:50051",
                  "gRPC, health and reflection; port 0 takes a free one",
                  Text([](Config & c) -> auto& { return c.grpc_listen; })},
                 {"rest-listen", "HOST:PORT", "127.0.0.1:8080", "REST",
                  Text([](Config & c) -> auto& { return c.rest_listen; })},
                 {"metrics-listen", "HOST:PORT", "127.0.0.1:9464",
                  "/metrics, /livez and /readyz",
                  Text([](Config & c) -> auto& { return c.metrics_listen; })},
                 {"insecure", "", "false",
                  "allow addresses that others can reach, without protection",
                  Switch([](Config & c) -> auto& { return c.insecure; })}});
}

void AddStore(std::vector<ConfigFlag>* flags) {
  using engine::CompactionStyle;
  using engine::Compression;
  flags->insert(
      flags->end(),
      {{"durability", "sync|interval|os", "sync",
        "what an acknowledged write survives: a power cut, a power cut after "
        "the sync interval, the death of the process",
        Choice<engine::Durability>(
            {{"sync", engine::Durability::kSync},
             {"interval", engine::Durability::kInterval},
             {"os", engine::Durability::kOs}},
            [](Config & c) -> auto& { return c.engine.durability; })},
       {"sync-interval-ms", "MS", "100", "with --durability=interval",
        Number(
            {1, 60'000},
            [](Config & c) -> auto& { return c.engine.sync_interval_ms; })},
       {"memtable-bytes", "BYTES", "64MiB",
        "memory at which a table is written",
        Bytes(
            {64 << 10, uint64_t{4} << 30},
            [](Config & c) -> auto& { return c.engine.memtable_bytes; })},
       {"block-cache-bytes", "BYTES", "64MiB", "memory for data read from disk",
        Bytes(
            {0, uint64_t{1} << 40},
            [](Config & c) -> auto& { return c.engine.block_cache_bytes; })},
       {"value-separation-bytes", "BYTES", "4KiB",
        "values of this size get files of their own, which compactions leave "
        "alone; 0: none does",
        Bytes(
            {0, uint64_t{1} << 30}, [](Config & c) -> auto& {
              return c.engine.value_separation_bytes;
            })},
       {"compression", "none|lz4|zstd", "lz4", "of tables",
        Choice<Compression>(
            {{"none", Compression::kNone},
             {"lz4", Compression::kLz4},
             {"zstd", Compression::kZstd}},
            [](Config & c) -> auto& { return c.engine.compression; })},
       {"compaction-style", "leveled|tiered|lazy_leveling", "leveled",
        "how tables are merged: tiered writes less, reads slower and takes "
        "more disk; lazy_leveling is between the two",
        Choice<CompactionStyle>(
            {{"leveled", CompactionStyle::kLeveled},
             {"tiered", CompactionStyle::kTiered},
             {"lazy_leveling", CompactionStyle::kLazyLeveling}},
            [](Config & c) -> auto& { return c.engine.compaction_style; })},
       {"compaction-threads", "N", "1", "threads that compact",
        Number(
            {1, 16},
            [](Config & c) -> auto& { return c.engine.compaction_threads; })}});
}

void AddLimits(std::vector<ConfigFlag>* flags) {
  flags->insert(
      flags->end(),
      {{"key-bytes-max", "BYTES", "16KiB", "largest key",
        Bytes(
            {1, 65'535},
            [](Config & c) -> auto& { return c.limits.key_bytes_max; })},
       {"value-bytes-max", "BYTES", "8MiB", "largest value",
        Bytes(
            {1, uint64_t{1} << 30},
            [](Config & c) -> auto& { return c.limits.value_bytes_max; })},
       {"batch-bytes-max", "BYTES", "64MiB",
        "keys and values of a batch together",
        Bytes(
            {1, uint64_t{1} << 30},
            [](Config & c) -> auto& { return c.limits.batch_bytes_max; })},
       {"page-size-max", "N", "1000", "records of a page",
        Number(
            {1, 100'000},
            [](Config & c) -> auto& { return c.limits.page_size_max; })},
       {"snapshot-ttl-ms", "MS", "60000",
        "how long a paged scan may wait between pages",
        Number(
            {1, 3'600'000},
            [](Config & c) -> auto& { return c.limits.snapshot_ttl_ms; })},
       {"deadline-default-ms", "MS", "30000",
        "of calls that bring no deadline; streams have an hour",
        Number(
            {1, 3'600'000}, [](Config & c) -> auto& {
              return c.limits.deadline_default_ms;
            })}});
}

void AddScrub(std::vector<ConfigFlag>* flags) {
  flags->insert(
      flags->end(),
      {{"scrub-interval", "TIME", "24h",
        "how often all data is read and checked in the background; 0: never",
        Duration(
            {0, kYearMs},
            [](Config & c) -> auto& { return c.scrub_interval_ms; })},
       {"scrub-bytes-per-second", "BYTES", "8MiB",
        "how fast that may read; 0: no limit",
        Bytes(
            {0, uint64_t{1} << 40},
            [](Config & c) -> auto& { return c.scrub_bytes_per_second; })}});
}

void AddProcess(std::vector<ConfigFlag>* flags) {
  flags->insert(
      flags->end(),
      {{"log-format", "text|json", "text", "lines on stderr",
        Choice<LogFormat>(
            {{"text", LogFormat::kText}, {"json", LogFormat::kJson}},
            [](Config & c) -> auto& { return c.log_format; })},
       {"log-level", "debug|info|warn|error", "info", "least level logged",
        Choice<LogLevel>(
            {{"debug", LogLevel::kDebug},
             {"info", LogLevel::kInfo},
             {"warn", LogLevel::kWarn},
             {"error", LogLevel::kError}},
            [](Config & c) -> auto& { return c.log_level; })},
       {"shutdown-timeout-ms", "MS", "10000",
        "how long calls in flight may take to end",
        Number(
            {0, 600'000},
            [](Config & c) -> auto& { return c.shutdown_timeout_ms; })}});
}

}  // namespace

const std::vector<ConfigFlag>& ConfigFlags() {
  static const std::vector<ConfigFlag> flags = [] {
    std::vector<ConfigFlag> all;
    AddListeners(&all);
    AddStore(&all);
    AddLimits(&all);
    AddScrub(&all);
    AddProcess(&all);
    return all;
  }();
  return flags;
}

std::string EnvironmentName(std::string_view flag) {
  std::string name = "LSMKV_";
  for (char c : flag) {
    name.push_back(c == '-' ? '_'
                            : static_cast<char>(
                                  std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

std::optional<uint64_t> ParseBytes(std::string_view text) {
  int shift = 0;
  const std::pair<std::string_view, int> units[] = {
      {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
  for (const auto& [unit, unit_shift] : units) {
    if (text.size() > unit.size() && text.substr(text.size() - 3) == unit) {
      shift = unit_shift;
      text.remove_suffix(unit.size());
      break;
    }
  }
  const std::optional<uint64_t> number = ParseNumber(text);
  if (!number || *number > (UINT64_MAX >> shift)) return std::nullopt;
  return *number << shift;
}

std::optional<uint64_t> ParseDurationMs(std::string_view text) {
  if (text == "0") return 0;
  const std::pair<std::string_view, uint64_t> units[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  for (const auto& [unit, milliseconds] : units) {
    if (text.size() <= unit.size() ||
        text.substr(text.size() - unit.size()) != unit) {
      continue;
    }
    text.remove_suffix(unit.size());
    const std::optional<uint64_t> number = ParseNumber(text);
    if (!number || *number > UINT64_MAX / milliseconds) return std::nullopt;
    return *number * milliseconds;
  }
  return std::nullopt;
}

}  // namespace lsmkv::service
