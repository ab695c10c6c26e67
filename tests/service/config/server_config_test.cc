#include "service/config/server_config.h"

#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "service/config/config_flags.h"
#include "tests/support/temp_dir.h"

namespace lsmkv::service {
namespace {

using Environment = std::map<std::string, std::string>;

ParsedConfig Parse(const std::vector<std::string>& flags,
                   const Environment& environment = {}) {
  std::vector<const char*> argv = {"lsmkvd"};
  for (const std::string& flag : flags) argv.push_back(flag.c_str());
  return ParseConfig(static_cast<int>(argv.size()), argv.data(),
                     [&](const char* name) -> const char* {
                       const auto it = environment.find(name);
                       return it == environment.end() ? nullptr
                                                      : it->second.c_str();
                     });
}

std::string WriteFile(const TempDir& dir, const std::string& text) {
  const std::string path = dir.File("lsmkv.toml");
  std::ofstream(path) << text;
  return path;
}

TEST(ServerConfigTest, DefaultsAreThoseOfTheContract) {
  const ParsedConfig parsed = Parse({});
  EXPECT_FALSE(parsed.exit_code.has_value());
  EXPECT_TRUE(parsed.problems.empty());
  const ServerConfig& config = parsed.config;
  EXPECT_EQ(config.data_dir, "./lsmkv-data");
  EXPECT_EQ(config.grpc_listen, "127.0.0.1:50051");
  EXPECT_EQ(config.rest_listen, "127.0.0.1:8080");
  EXPECT_EQ(config.metrics_listen, "127.0.0.1:9464");
  EXPECT_EQ(config.engine.durability, engine::Durability::kSync);
  EXPECT_EQ(config.limits.key_bytes_max, 16u << 10);
  EXPECT_EQ(config.limits.value_bytes_max, 8u << 20);
  EXPECT_EQ(config.limits.batch_bytes_max, 64u << 20);
}

TEST(ServerConfigTest, DefaultsInHelpAreTheRealOnes) {
  const ServerConfig defaults;
  for (const ConfigFlag& flag : ConfigFlags()) {
    ServerConfig set;
    EXPECT_EQ(flag.set(flag.default_value, &set), "") << flag.name;
    EXPECT_EQ(set.data_dir, defaults.data_dir) << flag.name;
    EXPECT_EQ(set.grpc_listen, defaults.grpc_listen);
    EXPECT_EQ(set.rest_listen, defaults.rest_listen);
    EXPECT_EQ(set.metrics_listen, defaults.metrics_listen);
    EXPECT_EQ(set.insecure, defaults.insecure);
    EXPECT_EQ(set.engine.durability, defaults.engine.durability);
    EXPECT_EQ(set.engine.sync_interval_ms, defaults.engine.sync_interval_ms);
    EXPECT_EQ(set.engine.memtable_bytes, defaults.engine.memtable_bytes);
    EXPECT_EQ(set.engine.block_cache_bytes, defaults.engine.block_cache_bytes);
    EXPECT_EQ(set.engine.value_separation_bytes,
              defaults.engine.value_separation_bytes);
    EXPECT_EQ(set.engine.compression, defaults.engine.compression);
    EXPECT_EQ(set.engine.compaction_style, defaults.engine.compaction_style);
    EXPECT_EQ(set.engine.compaction_threads,
              defaults.engine.compaction_threads);
    EXPECT_EQ(set.limits.key_bytes_max, defaults.limits.key_bytes_max);
    EXPECT_EQ(set.limits.value_bytes_max, defaults.limits.value_bytes_max);
    EXPECT_EQ(set.limits.batch_bytes_max, defaults.limits.batch_bytes_max);
    EXPECT_EQ(set.limits.page_size_max, defaults.limits.page_size_max);
    EXPECT_EQ(set.limits.snapshot_ttl_ms, defaults.limits.snapshot_ttl_ms);
    EXPECT_EQ(set.limits.deadline_default_ms,
              defaults.limits.deadline_default_ms);
    EXPECT_EQ(set.scrub_interval_ms, defaults.scrub_interval_ms);
    EXPECT_EQ(set.scrub_bytes_per_second, defaults.scrub_bytes_per_second);
    EXPECT_EQ(set.log_format, defaults.log_format);
    EXPECT_EQ(set.log_level, defaults.log_level);
    EXPECT_EQ(set.shutdown_timeout_ms, defaults.shutdown_timeout_ms);
  }
}

TEST(ServerConfigTest, ThereAreAtMost25Settings) {
  EXPECT_LE(ConfigFlags().size(), 25u);
}

TEST(ServerConfigTest, TimesTakeUnits) {
  EXPECT_EQ(Parse({"--scrub-interval=10m"}).config.scrub_interval_ms, 600'000u);
  EXPECT_EQ(Parse({"--scrub-interval=0"}).config.scrub_interval_ms, 0u);
  EXPECT_EQ(ParseDurationMs("1500ms"), 1500u);
  EXPECT_EQ(ParseDurationMs("2s"), 2000u);
  EXPECT_EQ(ParseDurationMs("24h"), 86'400'000u);
  for (const char* text :
       {"", "h", "1", "-1s", "1.5h", "1 h", "1d", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseDurationMs(text).has_value()) << text;
  }
}

TEST(ServerConfigTest, SalvageIsAskedForByDirectory) {
  EXPECT_FALSE(Parse({}).salvage.has_value());
  const ParsedConfig dry = Parse({"--salvage=/a"});
  ASSERT_TRUE(dry.salvage.has_value());
  EXPECT_FALSE(dry.exit_code.has_value());
  EXPECT_EQ(dry.salvage->source, "/a");
  EXPECT_EQ(dry.salvage->target, "");
  EXPECT_EQ(Parse({"--salvage=/a", "--salvage-to=/b"}).salvage->target, "/b");
}

TEST(ServerConfigTest, FlagWinsOverEnvironmentOverFileOverDefault) {
  TempDir dir;
  const std::string file = WriteFile(dir,
                                     "data-dir = \"/from/file\"\n"
                                     "log-level = \"warn\"\n"
                                     "page-size-max = 7\n");
  const ParsedConfig parsed =
      Parse({"--config", file, "--data-dir=/from/flag"},
            {{"LSMKV_DATA_DIR", "/from/env"}, {"LSMKV_LOG_LEVEL", "error"}});
  ASSERT_TRUE(parsed.problems.empty()) << parsed.problems.front();
  EXPECT_EQ(parsed.config.data_dir, "/from/flag");
  EXPECT_EQ(parsed.config.log_level, LogLevel::kError);
  EXPECT_EQ(parsed.config.limits.page_size_max, 7u);
  EXPECT_EQ(parsed.config.log_format, LogFormat::kText);
}

TEST(ServerConfigTest, FileCanBeNamedInTheEnvironment) {
  TempDir dir;
  const std::string file = WriteFile(dir, "page-size-max = 7\n");
  const ParsedConfig parsed = Parse({}, {{"LSMKV_CONFIG", file}});
  EXPECT_EQ(parsed.config.limits.page_size_max, 7u);
}

TEST(ServerConfigTest, LastOfTwoFlagsCounts) {
  EXPECT_EQ(Parse({"--data-dir=a", "--data-dir", "b"}).config.data_dir, "b");
}

TEST(ServerConfigTest, SizesTakeUnits) {
  EXPECT_EQ(Parse({"--memtable-bytes=4MiB"}).config.engine.memtable_bytes,
            4u << 20);
  EXPECT_EQ(ParseBytes("16"), 16u);
  EXPECT_EQ(ParseBytes("1GiB"), uint64_t{1} << 30);
  for (const char* text : {"", "KiB", "1kb", "-1", "1.5MiB", "1 MiB", "0x10",
                           "99999999999999999999", "99999999999999GiB"}) {
    EXPECT_FALSE(ParseBytes(text).has_value()) << text;
  }
}

TEST(ServerConfigTest, LimitsReachTheEngine) {
  const ParsedConfig parsed =
      Parse({"--key-bytes-max=100", "--value-bytes-max=200",
             "--compression=zstd", "--compaction-threads=3"});
  const engine::Options options = parsed.config.EngineOptions();
  EXPECT_EQ(options.key_bytes_max, 100u);
  EXPECT_EQ(options.value_bytes_max, 200u);
  EXPECT_EQ(options.compression, engine::Compression::kZstd);
  EXPECT_EQ(options.compression_bottom, engine::Compression::kZstd);
  EXPECT_EQ(options.compaction_threads, 3);
}

struct BadCase {
  std::vector<std::string> flags;
  std::string problem;  // a part of it
};

// What the test's name ends with: bytes of addresses differ in each run.
void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.problem; }

class BadConfigTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadConfigTest, ExitsWith2AndNamesFlagAndValue) {
  const ParsedConfig parsed = Parse(GetParam().flags);
  EXPECT_EQ(parsed.exit_code, 2);
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_NE(parsed.problems[0].find(GetParam().problem), std::string::npos)
      << parsed.problems[0];
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadConfigTest,
    ::testing::Values(
        BadCase{{"--durability=never"},
                "--durability=never: must be one of sync, interval, os"},
        BadCase{{"--sync-interval-ms=0"}, "--sync-interval-ms=0: must be"},
        BadCase{{"--sync-interval-ms=ten"}, "--sync-interval-ms=ten: must be"},
        BadCase{{"--memtable-bytes=1KiB"}, "--memtable-bytes=1KiB: must be"},
        BadCase{{"--block-cache-bytes=-1"}, "--block-cache-bytes=-1: must be"},
        BadCase{{"--compression=gzip"}, "--compression=gzip: must be one of"},
        BadCase{{"--compaction-threads=17"}, "--compaction-threads=17: must"},
        BadCase{{"--key-bytes-max=0"}, "--key-bytes-max=0: must be"},
        BadCase{{"--key-bytes-max=65536"}, "--key-bytes-max=65536: must be"},
        BadCase{{"--value-bytes-max=2GiB"}, "--value-bytes-max=2GiB: must be"},
        BadCase{{"--batch-bytes-max=0"}, "--batch-bytes-max=0: must be"},
        BadCase{{"--page-size-max=0"}, "--page-size-max=0: must be"},
        BadCase{{"--snapshot-ttl-ms=0"}, "--snapshot-ttl-ms=0: must be"},
        BadCase{{"--deadline-default-ms=x"}, "--deadline-default-ms=x: must"},
        BadCase{{"--scrub-interval=soon"}, "--scrub-interval=soon: must be"},
        BadCase{{"--scrub-interval=9999999h"}, "--scrub-interval=9999999h:"},
        BadCase{{"--scrub-bytes-per-second=-1"}, "--scrub-bytes-per-second="},
        BadCase{{"--salvage-to=x"}, "--salvage-to needs --salvage"},
        BadCase{{"--log-format=xml"}, "--log-format=xml: must be one of"},
        BadCase{{"--log-level=loud"}, "--log-level=loud: must be one of"},
        BadCase{{"--shutdown-timeout-ms=-5"}, "--shutdown-timeout-ms=-5"},
        BadCase{{"--data-dir="}, "--data-dir: 1 required DIR missing"},
        BadCase{{"--grpc-listen=nonsense"},
                "--grpc-listen=nonsense: must be HOST:PORT"},
        BadCase{{"--rest-listen=127.0.0.1:99999"},
                "--rest-listen=127.0.0.1:99999: must be HOST:PORT"},
        BadCase{{"--grpc-listen=0.0.0.0:1"}, "--grpc-listen=0.0.0.0:1: is not"},
        BadCase{{"--rest-listen=10.0.0.1:1"}, "--rest-listen=10.0.0.1:1: is"},
        BadCase{{"--metrics-listen=example.org:1"}, "--metrics-listen="},
        BadCase{{"--metrics-listen=[::1]:1"}, "must be an IPv4 address"},
        BadCase{{"--rest-listen=127.0.0.1:9464"},
                "--metrics-listen=127.0.0.1:9464: is the address of "
                "--rest-listen"},
        BadCase{{"--insecure=maybe"}, "--insecure"},
        BadCase{{"--no-such-flag"}, "unknown argument --no-such-flag"},
        BadCase{{"stray"}, "unknown argument stray"},
        BadCase{{"--data-dir"}, "--data-dir"},
        BadCase{{"--config=/no/such/file"},
                "--config=/no/such/file: cannot be read"}));

TEST(ServerConfigTest, EveryProblemIsListedAtOnce) {
  const ParsedConfig parsed = Parse({"--durability=never", "--page-size-max=0",
                                     "--unknown", "--grpc-listen=0.0.0.0:1"},
                                    {{"LSMKV_LOG_LEVEL", "loud"}});
  EXPECT_EQ(parsed.exit_code, 2);
  ASSERT_EQ(parsed.problems.size(), 5u);
  bool names_variable = false;
  for (const std::string& problem : parsed.problems) {
    names_variable |= problem.find("LSMKV_LOG_LEVEL=loud") == 0;
  }
  EXPECT_TRUE(names_variable);
}

TEST(ServerConfigTest, UnknownKeysInTheFileAreErrors) {
  TempDir dir;
  const std::string file = WriteFile(dir,
                                     "data-dir = \"x\"\n"
                                     "datadir = \"y\"\n"
                                     "[server]\n"
                                     "log-level = \"info\"\n");
  const ParsedConfig parsed = Parse({"--config", file});
  EXPECT_EQ(parsed.exit_code, 2);
  ASSERT_EQ(parsed.problems.size(), 2u);
  EXPECT_NE(parsed.problems[0].find("unknown key datadir"), std::string::npos);
  EXPECT_NE(parsed.problems[1].find("unknown key server.log-level"),
            std::string::npos);
}

TEST(ServerConfigTest, BadValueInTheFileNamesTheFile) {
  TempDir dir;
  const std::string file = WriteFile(dir, "page-size-max = 0\n");
  const ParsedConfig parsed = Parse({"--config", file});
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_NE(parsed.problems[0].find(file + ": page-size-max=0: must be"),
            std::string::npos)
      << parsed.problems[0];
}

TEST(ServerConfigTest, NoProblemSteersATerminal) {
  TempDir dir;
  const std::string file = WriteFile(dir, "\x1b[31m = 1\n");
  const std::vector<ParsedConfig> wrong = {
      Parse({"--config", file}), Parse({"--config", "\x1b[2J"}),
      Parse({"--no-such-flag=\x1b[2J"}), Parse({"--grpc-listen=\x1b:1"}),
      Parse({"--insecure", "--grpc-listen=\x1b:1", "--rest-listen=\x1b:1"})};
  for (const ParsedConfig& parsed : wrong) {
    EXPECT_EQ(parsed.exit_code, 2);
    for (const std::string& problem : parsed.problems) {
      EXPECT_EQ(problem.find('\x1b'), std::string::npos) << problem;
    }
  }
}

TEST(ServerConfigTest, InsecureAllowsPublicAddresses) {
  EXPECT_FALSE(
      Parse({"--insecure", "--grpc-listen=0.0.0.0:0"}).exit_code.has_value());
  EXPECT_FALSE(Parse({"--grpc-listen=0.0.0.0:0"}, {{"LSMKV_INSECURE", "true"}})
                   .exit_code.has_value());
  EXPECT_EQ(Parse({"--insecure=false", "--grpc-listen=0.0.0.0:0"}).exit_code,
            2);
}

TEST(ServerConfigTest, CheckVersionAndHelpEndTheProcess) {
  EXPECT_EQ(Parse({"--check-config"}).exit_code, 0);
  EXPECT_EQ(Parse({"--check-config", "--page-size-max=0"}).exit_code, 2);
  const ParsedConfig version = Parse({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.output.rfind("lsmkvd ", 0), 0u);
  const ParsedConfig help = Parse({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const ConfigFlag& flag : ConfigFlags()) {
    EXPECT_NE(help.output.find("--" + flag.name), std::string::npos);
  }
}

}  // namespace
}  // namespace lsmkv::service
