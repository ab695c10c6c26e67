// The server's configuration: flags, environment, file, and the texts in them.
//
// The input is three lists of lines with a byte 0x1E between them: arguments,
// NAME=value of the environment, and the file.

#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "service/config/config_flags.h"
#include "service/config/listen_address.h"
#include "service/config/server_config.h"
#include "tests/fuzz/fuzz_input.h"

namespace lsmkv::fuzz {
namespace {

// The text before `separator`, which is taken from `rest` with it.
std::string_view Take(std::string_view* rest, char separator) {
  const size_t end = rest->find(separator);
  const std::string_view piece = rest->substr(0, end);
  rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
  return piece;
}

// A file in memory, the same one for all inputs.
std::string WriteFile(std::string_view bytes) {
  static const int fd = memfd_create("config", 0);
  FUZZ_CHECK(fd >= 0);
  FUZZ_CHECK(ftruncate(fd, 0) == 0);
  FUZZ_CHECK(pwrite(fd, bytes.data(), bytes.size(), 0) ==
             static_cast<ssize_t>(bytes.size()));
  return "/proc/self/fd/" + std::to_string(fd);
}

void CheckTexts(std::string_view text) {
  if (const auto address = service::ParseListenAddress(text)) {
    const bool v6 = service::IsIpv6(address->host);
    FUZZ_CHECK(!address->host.empty());
    const std::string again = (v6 ? "[" : "") + address->host +
                              (v6 ? "]:" : ":") + std::to_string(address->port);
    const auto same = service::ParseListenAddress(again);
    FUZZ_CHECK(same && same->host == address->host &&
               same->port == address->port);
    service::IsLoopback(address->host);
  }
  if (const auto bytes = service::ParseBytes(text)) {
    FUZZ_CHECK(service::ParseBytes(std::to_string(*bytes)) == *bytes);
  }
}

// Messages go to a terminal: one line each, and nothing that steers it.
void CheckProblem(const std::string& problem) {
  bool plain = !problem.empty();
  for (const char c : problem) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte >= 0x20 && byte != 0x7f;
  }
  if (!plain) std::fprintf(stderr, "%s\n", problem.c_str());
  FUZZ_CHECK(plain);
}

void Run(std::string_view input) {
  std::string_view arguments = Take(&input, '\x1e');
  std::string_view environment = Take(&input, '\x1e');
  std::vector<std::string> words = {"lsmkvd"};
  while (!arguments.empty()) {
    words.emplace_back(Take(&arguments, '\n'));
    CheckTexts(words.back());
    // No other file than ours is read.
    for (char& c : words.back()) c = c == '/' ? '_' : c;
  }
  std::map<std::string, std::string> variables;
  while (!environment.empty()) {
    std::string_view line = Take(&environment, '\n');
    const std::string name(Take(&line, '='));
    CheckTexts(line);
    variables[name] = std::string(line);
  }
  variables.erase("LSMKV_CONFIG");
  if (!input.empty()) variables["LSMKV_CONFIG"] = WriteFile(input);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  const service::ParsedConfig parsed = service::ParseConfig(
      static_cast<int>(argv.size()), argv.data(),
      [&variables](const char* name) -> const char* {
        const auto it = variables.find(name);
        return it == variables.end() ? nullptr : it->second.c_str();
      });
  for (const std::string& problem : parsed.problems) CheckProblem(problem);
  FUZZ_CHECK(parsed.problems.empty() || parsed.exit_code == 2);
  if (!parsed.exit_code) {
    FUZZ_CHECK(parsed.config.Validate().empty());
    FUZZ_CHECK(parsed.config.EngineOptions().Validate().ok());
  } else {
    FUZZ_CHECK(!parsed.problems.empty() || !parsed.output.empty());
  }
}

}  // namespace
}  // namespace lsmkv::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lsmkv::fuzz::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
