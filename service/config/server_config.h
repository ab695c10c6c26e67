// ServerConfig: everything that lsmkvd can be told.
//
// Each flag --some-name can also be given as the environment variable
// LSMKV_SOME_NAME and as `some-name = value` in the file of --config. A flag
// wins over the environment, the environment over the file, and the file over
// the default.

#ifndef LSMKV_SERVICE_CONFIG_SERVER_CONFIG_H_
#define LSMKV_SERVICE_CONFIG_SERVER_CONFIG_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lsmkv/engine/options.h"
#include "service/core/types.h"
#include "service/observability/logger.h"

namespace lsmkv::service {

struct ServerConfig {
  std::string data_dir = "./lsmkv-data";
  std::string grpc_listen = "127.0.0.1:50051";
  std::string rest_listen = "127.0.0.1:8080";
  std::string metrics_listen = "127.0.0.1:9464";
  // Allows addresses that others can reach, though nothing protects them.
  bool insecure = false;

  // What concerns the store; sizes of keys and values come from `limits`.
  engine::Options engine;
  Limits limits;

  // The check of all data in the background; 0: none.
  uint64_t scrub_interval_ms = 24 * 3'600'000;
  uint64_t scrub_bytes_per_second = 8 << 20;

  LogFormat log_format = LogFormat::kText;
  LogLevel log_level = LogLevel::kInfo;
  // How long calls in flight may take to end when the server goes down.
  uint64_t shutdown_timeout_ms = 10'000;

  // engine::Options as the store is to be opened with.
  engine::Options EngineOptions() const;

  // What is wrong with the values as a whole: one line each, none if nothing.
  std::vector<std::string> Validate() const;
};

// Asks to save what can be read of a damaged store, in place of serving.
struct SalvageCommand {
  std::string source;
  std::string target;  // empty: only say what could be saved
};

// What became of the command line.
struct ParsedConfig {
  ServerConfig config;
  std::optional<SalvageCommand> salvage;
  // Set where the process is to end without serving: help, version, check, or
  // what is wrong.
  std::optional<int> exit_code;
  std::string output;                 // for stdout
  std::vector<std::string> problems;  // for stderr, all of them at once
};

// Null where a variable is not set.
using GetEnv = std::function<const char*(const char* name)>;

// Reads flags, environment and file, and validates. Wrong input of any kind
// gives exit code 2 and every problem, each naming flag and value.
ParsedConfig ParseConfig(int argc, const char* const* argv,
                         const GetEnv& get_env);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CONFIG_SERVER_CONFIG_H_
