#include "tests/bench/bench_options.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kNumMin = 100;
constexpr uint64_t kNumMax = 1'000'000'000;

struct Flag {
  std::string_view name;
  std::string_view argument;  // empty: the flag takes none
  std::string_view help;
  // False if the argument makes no sense.
  std::function<bool(std::string_view, BenchOptions*)> set;
};

bool ParseNumber(std::string_view text, uint64_t min, uint64_t max,
                 uint64_t* number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  return error == std::errc() && stop == end && *number >= min &&
         *number <= max;
}

// A flag's setter for a number in [min, max].
template <typename T>
auto Number(T BenchOptions::*field, uint64_t min, uint64_t max) {
  return [=](std::string_view text, BenchOptions* options) {
    uint64_t number = 0;
    if (!ParseNumber(text, min, max, &number)) return false;
    options->*field = static_cast<T>(number);
    return true;
  };
}

template <typename T>
auto Setting(T PeerSettings::*field, uint64_t min, uint64_t max) {
  return [=](std::string_view text, BenchOptions* options) {
    uint64_t number = 0;
    if (!ParseNumber(text, min, max, &number)) return false;
    options->settings.*field = static_cast<T>(number);
    return true;
  };
}

auto Text(std::string BenchOptions::*field) {
  return [=](std::string_view text, BenchOptions* options) {
    options->*field = std::string(text);
    return !text.empty();
  };
}

auto Names(std::vector<std::string> BenchOptions::*field) {
  return [=](std::string_view text, BenchOptions* options) {
    options->*field = Split(text, ',');
    return !(options->*field).empty();
  };
}

auto Switch(bool BenchOptions::*field) {
  return [=](std::string_view, BenchOptions* options) {
    options->*field = true;
    return true;
  };
}

bool SetKeyShape(std::string_view text, BenchOptions* options) {
  for (const KeyShape shape : {KeyShape::kDecimal, KeyShape::kHashed,
                               KeyShape::kBinary, KeyShape::kSkewed}) {
    if (text != Name(shape)) continue;
    options->key_shape = shape;
    return true;
  }
  return false;
}

bool SetCurve(std::string_view text, BenchOptions* options) {
  options->curve.clear();
  for (const std::string& part : Split(text, ',')) {
    uint64_t num = 0;
    if (!ParseNumber(part, kNumMin, kNumMax, &num)) return false;
    options->curve.push_back(num);
  }
  return !options->curve.empty();
}

bool SetSkew(std::string_view text, BenchOptions* options) {
  options->skew = text == "zipf" ? Skew::kZipf : Skew::kUniform;
  return text == "zipf" || text == "uniform";
}

bool SetCompression(std::string_view text, BenchOptions* options) {
  options->settings.compression =
      text == "none" ? PeerCompression::kNone : PeerCompression::kFast;
  return text == "none" || text == "fast";
}

bool SetDurability(std::string_view text, BenchOptions* options) {
  options->settings.write_mode = text == "none"   ? WriteMode::kNoLog
                                 : text == "sync" ? WriteMode::kSynced
                                                  : WriteMode::kSurvivesKill;
  return text == "none" || text == "kill" || text == "sync";
}

constexpr uint64_t kBytesMax = uint64_t{1} << 40;

std::vector<Flag> DataFlags() {
  using O = BenchOptions;
  return {
      {"num", "N", "records in the store (default 1000000)",
       Number(&O::num, kNumMin, kNumMax)},
      {"key-bytes", "N", "bytes in a key, 16 or more (default 16)",
       Number(&O::key_bytes, kKeyBytesMin, 4096)},
      {"value-bytes", "N", "bytes in a value (default 100)",
       Number(&O::value_bytes, 0, 4 << 20)},
      {"keys", "SHAPE", "decimal, hashed, binary or skewed (default decimal)",
       SetKeyShape},
      {"skew", "NAME",
       "which records are overwritten, deleted and read: uniform or zipf "
       "(default uniform)",
       SetSkew},
      {"seed", "N", "seed of every generator (default 1)",
       Number(&O::seed, 0, UINT64_MAX)},
  };
}

std::vector<Flag> RunFlags() {
  using O = BenchOptions;
  return {
      {"engines", "A,B", "engines to measure (default all but variants)",
       Names(&O::engines)},
      {"workloads", "A,B",
       "workloads to run, in this order (default all but extras)",
       Names(&O::workloads)},
      {"rounds", "N", "runs of everything (default 3; --suite full: 5)",
       Number(&O::rounds, 1, 1000)},
      {"threads", "N", "threads of most workloads (default 1)",
       Number(&O::threads, 1, 1024)},
      {"compact-before-reads", "", "read from fully compacted stores",
       Switch(&O::compact_before_reads)},
      {"writer-rate", "N", "puts per second of readwhilewriting (20000)",
       Number(&O::writer_rate, 1, 100'000'000)},
      {"suite", "NAME", "run the scenes of a suite: quick or full (see --list)",
       Text(&O::suite)},
      {"scenes", "A,B", "of the suite, only these", Names(&O::scenes)},
      {"curve", "N,N", "cost of a put and a get at each number of records",
       SetCurve},
      {"scale-percent", "N", "of the records of the suite's scenes (100)",
       Number(&O::scale_percent, 1, 10'000)},
      {"dir", "DIR", "where the stores go (default $TMPDIR, else /tmp)",
       Text(&O::dir)},
      {"latencies", "", "print percentiles of the operations' times too",
       Switch(&O::latencies)},
      {"json", "FILE", "write the results there too", Text(&O::json)},
      {"svg", "FILE", "write a picture of the ratios, or the curves, there",
       Text(&O::svg)},
      {"timeout-seconds", "N", "for one engine in one workload (default 1800)",
       Number(&O::timeout_seconds, 1, 1'000'000)},
      {"list", "", "print the workloads and engines, and exit",
       Switch(&O::list)},
      {"help", "", "print this, and exit", Switch(&O::help)},
  };
}

std::vector<Flag> SettingFlags() {
  using S = PeerSettings;
  return {
      {"cache-bytes", "N", "block cache (default 256 MiB)",
       Setting(&S::cache_bytes, 0, kBytesMax)},
      {"cache-percent", "N", "block cache in percent of the data instead",
       Number(&BenchOptions::cache_percent, 1, 1000)},
      {"write-buffer-bytes", "N", "one memtable (default 64 MiB)",
       Setting(&S::write_buffer_bytes, 64 << 10, 1 << 30)},
      {"write-buffers", "N", "memtables in all (default 3)",
       Setting(&S::write_buffers, 2, 16)},
      {"compaction-threads", "N", "beside one that flushes (default 1)",
       Setting(&S::compaction_threads, 1, 16)},
      {"block-bytes", "N", "a table's block (default 4096)",
       Setting(&S::block_bytes, 1024, 1 << 20)},
      {"durability", "CLASS",
       "what acknowledged writes survive: none (no log), kill (of the "
       "process) or sync (power cut) (default kill)",
       SetDurability},
      {"compression", "NAME", "fast (LZ4; LevelDB: Snappy) or none (fast)",
       SetCompression},
  };
}

std::vector<Flag> AllFlags() {
  std::vector<Flag> flags = RunFlags();
  for (Flag& flag : DataFlags()) flags.push_back(std::move(flag));
  for (Flag& flag : SettingFlags()) flags.push_back(std::move(flag));
  return flags;
}

absl::Status Wrong(std::string_view flag, std::string_view why) {
  return absl::InvalidArgumentError(std::string(flag) + ": " +
                                    std::string(why));
}

const Flag* Find(const std::vector<Flag>& flags, std::string_view name) {
  for (const Flag& flag : flags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<BenchOptions> ParseFlags(const std::vector<std::string>& words,
                                        BenchOptions base) {
  const std::vector<Flag> flags = AllFlags();
  BenchOptions options = std::move(base);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const size_t equals = word.find('=');
    const Flag* flag = nullptr;
    if (word.substr(0, 2) == "--") {
      flag = Find(
          flags, word.substr(2, equals == std::string_view::npos ? equals
                                                                 : equals - 2));
    }
    if (flag == nullptr) return Wrong(word, "unknown flag (see --help)");
    std::string_view argument;
    if (equals != std::string_view::npos) {
      if (flag->argument.empty()) return Wrong(word, "takes no argument");
      argument = word.substr(equals + 1);
    } else if (!flag->argument.empty()) {
      if (++i == words.size()) return Wrong(word, "needs an argument");
      argument = words[i];
    }
    if (!flag->set(argument, &options)) {
      return Wrong(word, "cannot be \"" + std::string(argument) +
                             "\"; it is: " + std::string(flag->help));
    }
  }
  return options;
}

void ScaleCache(BenchOptions* options) {
  if (options->cache_percent == 0) return;
  options->settings.cache_bytes = options->num *
                                  (options->key_bytes + options->value_bytes) *
                                  options->cache_percent / 100;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

std::string_view Name(KeyShape shape) {
  switch (shape) {
    case KeyShape::kDecimal:
      return "decimal";
    case KeyShape::kHashed:
      return "hashed";
    case KeyShape::kBinary:
      return "binary";
    case KeyShape::kSkewed:
      return "skewed";
  }
  return "";
}

std::string_view Name(WriteMode mode) {
  switch (mode) {
    case WriteMode::kNoLog:
      return "none";
    case WriteMode::kSurvivesKill:
      return "kill";
    case WriteMode::kSynced:
      return "sync";
  }
  return "";
}

std::string FlagHelp() {
  constexpr size_t kColumn = 28;
  std::string text;
  for (const Flag& flag : AllFlags()) {
    std::string line = "  --" + std::string(flag.name);
    if (!flag.argument.empty()) line += " " + std::string(flag.argument);
    line.resize(std::max(line.size() + 1, kColumn), ' ');
    text += line + std::string(flag.help) + "\n";
  }
  return text;
}

}  // namespace lsmkv::bench
