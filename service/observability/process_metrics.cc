#include "service/observability/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

#include "service/observability/metric_families.h"

namespace lsmkv::service {
namespace {

// The fields of /proc/self/stat after the command's name; [0] is field 3.
std::vector<std::string> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string all((std::istreambuf_iterator<char>(file)), {});
  const size_t name_end = all.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(all.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), {}};
}

double ToDouble(const std::string& text) {
  return std::strtod(text.c_str(), nullptr);
}

double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

uint64_t OpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator it("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<uint64_t>(
      std::distance(it, std::filesystem::directory_iterator()));
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  FamilyList out;
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const double page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  const std::vector<std::string> stat = StatFields();
  if (stat.size() > 21) {  // field numbers of proc(5), less 3
    out.Counter("process_cpu_seconds_total", "CPU time, user and system.")
        .Value((ToDouble(stat[11]) + ToDouble(stat[12])) / ticks);
    out.Gauge("process_start_time_seconds", "Start, since the epoch.")
        .Value(BootTimeSeconds() + ToDouble(stat[19]) / ticks);
    out.Gauge("process_virtual_memory_bytes", "Size of virtual memory.")
        .Value(ToDouble(stat[20]));
    out.Gauge("process_resident_memory_bytes", "Size of resident memory.")
        .Value(ToDouble(stat[21]) * page_bytes);
  }
  out.Gauge("process_open_fds", "Open file descriptors.").Value(OpenFiles());
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    out.Gauge("process_max_fds", "Most file descriptors.")
        .Value(static_cast<uint64_t>(files.rlim_cur));
  }
  return out.Take();
}

}  // namespace lsmkv::service
