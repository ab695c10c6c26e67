// Quantities for people.

#ifndef LSMKV_CLIENT_CLI_FORMAT_H_
#define LSMKV_CLIENT_CLI_FORMAT_H_

#include <cstdint>
#include <string>

namespace lsmkv::cli {

// "17 B", "1.5 KiB", "64.0 MiB".
std::string FormatBytes(uint64_t bytes);

// With three decimals: "0.250 s".
std::string FormatSeconds(double seconds);

// `count` in `seconds`, rounded; 0 where no time passed.
uint64_t PerSecond(uint64_t count, double seconds);

// "1 record", "2 records".
std::string Counted(uint64_t count, const std::string& noun);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_FORMAT_H_
