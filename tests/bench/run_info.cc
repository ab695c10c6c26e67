#include "tests/bench/run_info.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

namespace lsmkv::bench {
namespace {

// The first line that a shell command prints; empty if it fails.
std::string FirstLineOf(const std::string& command) {
  std::string line;
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return line;
  std::array<char, 256> buffer;
  if (::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe)) {
    line = buffer.data();
  }
  ::pclose(pipe);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

std::string Commit() {
  const std::string git = "git -C '" LSMKV_BENCH_SOURCE_DIR "' ";
  const std::string commit =
      FirstLineOf(git + "rev-parse --verify HEAD 2>/dev/null");
  if (commit.empty()) return "unknown";
  const std::string changed =
      FirstLineOf(git + "status --porcelain 2>/dev/null");
  return commit + (changed.empty() ? "" : " (changed)");
}

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  constexpr std::string_view kField = "model name";
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.compare(0, kField.size(), kField) == 0 &&
        colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

std::string Date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string Command(int argc, const char* const* argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) {
    command += i == 0 ? std::filesystem::path(argv[0]).filename().string()
                      : " " + std::string(argv[i]);
  }
  return command;
}

}  // namespace

RunInfo CollectRunInfo(int argc, const char* const* argv) {
  RunInfo info;
  info.date = Date();
  info.commit = Commit();
  info.command = Command(argc, argv);
  info.build = LSMKV_BENCH_BUILD;
  info.cpu = CpuName();
  info.cores = std::thread::hardware_concurrency();
  info.memory_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                      static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  utsname system{};
  if (::uname(&system) == 0) {
    info.kernel = std::string(system.sysname) + " " + system.release;
  }
  return info;
}

}  // namespace lsmkv::bench
