#include "client/cli/progress_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace lsmkv::cli {

absl::Status WriteProgressFile(const std::string& path, uint64_t line) {
  const std::string next = path + ".tmp";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << line << '\n';
  file.close();
  if (!file.good() || std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnknownError("cannot write " + path + ": " +
                              std::strerror(errno));
  }
  return absl::OkStatus();
}

}  // namespace lsmkv::cli
