#include "client/cli/format.h"

#include <cmath>
#include <cstdio>

namespace lsmkv::cli {

std::string FormatBytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double amount = static_cast<double>(bytes) / 1024;
  int unit = 0;
  while (amount >= 1024 && unit < 5) {
    amount /= 1024;
    ++unit;
  }
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.1f %s", amount, kUnits[unit]);
  return buffer;
}

std::string FormatSeconds(double seconds) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.3f s", seconds);
  return buffer;
}

uint64_t PerSecond(uint64_t count, double seconds) {
  if (seconds <= 0) return 0;
  return static_cast<uint64_t>(
      std::llround(static_cast<double>(count) / seconds));
}

std::string Counted(uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace lsmkv::cli
