// The flags of lsmkvd: their names, what they say in --help, and what their
// text means.

#ifndef LSMKV_SERVICE_CONFIG_CONFIG_FLAGS_H_
#define LSMKV_SERVICE_CONFIG_CONFIG_FLAGS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/config/server_config.h"

namespace lsmkv::service {

struct ConfigFlag {
  std::string name;           // "data-dir"
  std::string value_name;     // "DIR"; empty: a switch that needs no value
  std::string default_value;  // as it would be typed
  std::string help;
  // Reads `text` into the config; says what is wrong with it, or nothing.
  std::function<std::string(const std::string& text, ServerConfig* config)> set;
};

// Those that set a field of ServerConfig.
const std::vector<ConfigFlag>& ConfigFlags();

// "LSMKV_DATA_DIR" for "data-dir".
std::string EnvironmentName(std::string_view flag);

// A whole number of bytes, with KiB, MiB or GiB after it if wanted.
std::optional<uint64_t> ParseBytes(std::string_view text);

// A whole number with ms, s, m or h after it, or 0.
std::optional<uint64_t> ParseDurationMs(std::string_view text);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CONFIG_CONFIG_FLAGS_H_
