#include "service/config/server_config.h"

#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>

#include "service/config/config_flags.h"
#include "service/config/listen_address.h"

namespace lsmkv::service {
namespace {

constexpr int kUsageExitCode = 2;

// A flag's text and where it was given: "--data-dir", "LSMKV_DATA_DIR" or
// "lsmkv.toml: data-dir".
struct Given {
  std::string text;
  std::string source;
};
using GivenFlags = std::map<std::string, Given>;

struct CommandLine {
  GivenFlags flags;
  std::string config_file;
  bool help = false;
  bool version = false;
  bool check_config = false;
  std::optional<std::string> salvage;
  std::optional<std::string> salvage_to;
  std::string help_text;
  std::vector<std::string> problems;
};

// The only exceptions in the service are the library's.
CommandLine ReadCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("lsmkvd, a key-value storage server", "lsmkvd");
  app.set_help_flag();
  app.allow_extras();
  for (const ConfigFlag& flag : ConfigFlags()) {
    const std::string help =
        absl::StrCat(flag.help, " [", flag.default_value, "]");
    CLI::Option* option = flag.value_name.empty()
                              ? app.add_flag("--" + flag.name, help)
                              : app.add_option("--" + flag.name, help)
                                    ->type_name(flag.value_name);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  app.add_option("--config", line.config_file,
                 "file of `flag = value` lines; flags and LSMKV_* variables "
                 "win over it")
      ->type_name("FILE");
  app.add_flag("--check-config", line.check_config,
               "say whether the configuration is right, and end");
  app.add_option("--salvage", line.salvage,
                 "say what can be saved of a store that is damaged, and end; "
                 "changes nothing")
      ->type_name("DIR");
  app.add_option("--salvage-to", line.salvage_to,
                 "with --salvage: write it to a new store there")
      ->type_name("DIR");
  app.add_flag("--version", line.version, "print the version, and end");
  app.add_flag("-h,--help", line.help, "print this, and end");
  line.help_text = app.help();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.problems.push_back(EscapeText(error.what()));
    return line;
  }
  for (const std::string& extra : app.remaining()) {
    line.problems.push_back(
        absl::StrCat("unknown argument ", EscapeText(extra)));
  }
  for (const ConfigFlag& flag : ConfigFlags()) {
    const CLI::Option* option = app.get_option("--" + flag.name);
    if (option->count() == 0) continue;
    line.flags[flag.name] = {option->results().back(), "--" + flag.name};
  }
  return line;
}

GivenFlags ReadEnvironment(const GetEnv& get_env) {
  GivenFlags flags;
  for (const ConfigFlag& flag : ConfigFlags()) {
    const std::string name = EnvironmentName(flag.name);
    const char* const value = get_env(name.c_str());
    if (value != nullptr) flags[flag.name] = {value, name};
  }
  return flags;
}

bool IsFlag(const std::string& name) {
  for (const ConfigFlag& flag : ConfigFlags()) {
    if (flag.name == name) return true;
  }
  return false;
}

GivenFlags ReadFile(const std::string& path,
                    std::vector<std::string>* problems) {
  GivenFlags flags;
  const std::string shown = EscapeText(path);
  const auto add_problem = [&](const std::string& what) {
    problems->push_back(absl::StrCat("--config=", shown, ": ", what));
  };
  std::ifstream file(path);
  if (!file) {
    add_problem("cannot be read");
    return flags;
  }
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const CLI::ParseError& error) {
    add_problem(EscapeText(error.what()));
    return flags;
  }
  for (const CLI::ConfigItem& item : items) {
    const std::string name = item.fullname();
    // The reader marks the ends of sections; they are no keys.
    if (item.name == "++" || item.name == "--") continue;
    if (!IsFlag(name)) {
      add_problem("unknown key " + EscapeText(name));
    } else if (item.inputs.size() != 1) {
      add_problem(name + " needs one value");
    } else if (!flags
                    .try_emplace(name, Given{item.inputs.front(),
                                             absl::StrCat(shown, ": ", name)})
                    .second) {
      add_problem(name + " is given twice");
    }
  }
  return flags;
}

void Apply(const GivenFlags& given, ServerConfig* config,
           std::vector<std::string>* problems) {
  for (const ConfigFlag& flag : ConfigFlags()) {
    const auto it = given.find(flag.name);
    if (it == given.end()) continue;
    const std::string problem = flag.set(it->second.text, config);
    if (problem.empty()) continue;
    problems->push_back(absl::StrCat(
        it->second.source, "=", EscapeText(it->second.text), ": ", problem));
  }
}

void CheckListener(const std::string& flag, const std::string& text,
                   bool insecure, std::vector<std::string>* problems) {
  const std::optional<ListenAddress> address = ParseListenAddress(text);
  const std::string what = absl::StrCat("--", flag, "=", EscapeText(text));
  if (!address) {
    problems->push_back(what + ": must be HOST:PORT");
    return;
  }
  if (flag == "metrics-listen" && IsIpv6(address->host)) {
    problems->push_back(what + ": must be an IPv4 address");
  }
  if (!insecure && !IsLoopback(address->host)) {
    problems->push_back(
        what +
        ": is not a loopback address, and nothing protects the server; give "
        "--insecure to serve there all the same");
  }
}

// What --salvage and --salvage-to ask for.
std::optional<SalvageCommand> SalvageOf(const CommandLine& line,
                                        std::vector<std::string>* problems) {
  if (line.salvage_to && !line.salvage) {
    problems->push_back("--salvage-to needs --salvage=DIR");
  }
  for (const auto* dir : {&line.salvage, &line.salvage_to}) {
    if (*dir && (*dir)->empty()) {
      problems->push_back("--salvage needs a directory");
    }
  }
  if (!line.salvage) return std::nullopt;
  return SalvageCommand{*line.salvage, line.salvage_to.value_or("")};
}

ParsedConfig Stop(int exit_code, std::string output) {
  ParsedConfig parsed;
  parsed.exit_code = exit_code;
  parsed.output = std::move(output);
  return parsed;
}

}  // namespace

engine::Options ServerConfig::EngineOptions() const {
  engine::Options options = engine;
  options.key_bytes_max = limits.key_bytes_max;
  options.value_bytes_max = limits.value_bytes_max;
  options.compression_bottom = engine.compression;
  return options;
}

std::vector<std::string> ServerConfig::Validate() const {
  std::vector<std::string> problems;
  const std::pair<std::string, const std::string*> listeners[] = {
      {"grpc-listen", &grpc_listen},
      {"rest-listen", &rest_listen},
      {"metrics-listen", &metrics_listen}};
  std::map<std::string, std::string> taken;
  for (const auto& [flag, text] : listeners) {
    CheckListener(flag, *text, insecure, &problems);
    const std::optional<ListenAddress> address = ParseListenAddress(*text);
    if (!address || address->port == 0) continue;
    const auto [other, is_new] = taken.try_emplace(*text, flag);
    if (!is_new) {
      problems.push_back(absl::StrCat("--", flag, "=", EscapeText(*text),
                                      ": is the address of --", other->second));
    }
  }
  const absl::Status engine_status = EngineOptions().Validate();
  if (!engine_status.ok()) {
    problems.emplace_back(engine_status.message());
  }
  return problems;
}

ParsedConfig ParseConfig(int argc, const char* const* argv,
                         const GetEnv& get_env) {
  CommandLine line = ReadCommandLine(argc, argv);
  if (line.problems.empty()) {
    if (line.help) return Stop(0, line.help_text);
    if (line.version) return Stop(0, "lsmkvd " LSMKV_VERSION "\n");
  }
  ParsedConfig parsed;
  parsed.problems = std::move(line.problems);
  if (line.config_file.empty()) {
    const char* const file = get_env("LSMKV_CONFIG");
    if (file != nullptr) line.config_file = file;
  }
  // merge() leaves what is there: the first to give a flag wins.
  GivenFlags given = std::move(line.flags);
  given.merge(ReadEnvironment(get_env));
  if (!line.config_file.empty()) {
    given.merge(ReadFile(line.config_file, &parsed.problems));
  }
  Apply(given, &parsed.config, &parsed.problems);
  parsed.salvage = SalvageOf(line, &parsed.problems);
  for (std::string& problem : parsed.config.Validate()) {
    parsed.problems.push_back(std::move(problem));
  }
  if (!parsed.problems.empty()) {
    parsed.exit_code = kUsageExitCode;
  } else if (line.check_config) {
    parsed.exit_code = 0;
    parsed.output = "configuration is valid\n";
  }
  return parsed;
}

}  // namespace lsmkv::service
