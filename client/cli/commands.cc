#include "client/cli/commands.h"

#include <algorithm>
#include <iterator>

#include "client/cli/admin_commands.h"
#include "client/cli/batch_command.h"
#include "client/cli/bench_command.h"
#include "client/cli/data_commands.h"
#include "client/cli/escape.h"
#include "client/cli/export_command.h"
#include "client/cli/help_commands.h"
#include "client/cli/import_command.h"
#include "client/cli/scan_command.h"
#include "client/cli/suggest.h"
#include "client/cli/verify_command.h"

namespace lsmkv::cli {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::vector<Command>* MakeTable() {
  auto* table = new std::vector<Command>(DataCommands());
  table->push_back(ScanCommand());
  table->push_back(BatchCommand());
  table->push_back(ImportCommand());
  table->push_back(ExportCommand());
  table->push_back(BenchCommand());
  for (Command& command : AdminCommands()) table->push_back(command);
  table->push_back(VerifyCommand());
  for (Command& command : HelpCommands()) table->push_back(command);
  return table;
}

// Every name and alias.
std::vector<std::string_view> AllNames() {
  std::vector<std::string_view> names;
  for (const Command& command : AllCommands()) {
    names.push_back(command.name);
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  }
  return names;
}

}  // namespace

const std::vector<Command>& AllCommands() {
  static const std::vector<Command>* const kTable = MakeTable();
  return *kTable;
}

const Command* FindCommand(std::string_view name) {
  const std::string lower = Lower(name);
  for (const Command& command : AllCommands()) {
    if (command.name == lower) return &command;
    for (const std::string_view alias : command.aliases) {
      if (alias == lower) return &command;
    }
  }
  return nullptr;
}

std::string UnknownCommand(std::string_view name) {
  std::string text = "unknown command '" + Escape(name) + "'";
  const std::string_view near = Nearest(Lower(name), AllNames());
  if (near.empty()) return text + "; help lists them";
  return text + ", did you mean " + std::string(near) + "?";
}

std::vector<std::string> Completions(std::string_view line) {
  const size_t word_start = line.find_last_of(' ') + 1;  // npos + 1 is 0
  const std::string_view word = line.substr(word_start);
  const size_t name_start = line.find_first_not_of(' ');
  std::vector<std::string> found;
  if (name_start == std::string_view::npos || name_start >= word_start) {
    for (const std::string_view name : AllNames()) {
      if (StartsWith(name, Lower(word))) found.emplace_back(name);
    }
  } else if (StartsWith(word, "-")) {
    const std::string_view rest = line.substr(name_start);
    const Command* command = FindCommand(rest.substr(0, rest.find(' ')));
    if (command == nullptr) return found;
    std::vector<OptionSpec> options = command->options;
    options.insert(options.end(), CommonOptions().begin(),
                   CommonOptions().end());
    for (const OptionSpec& option : options) {
      const std::string text = "--" + std::string(option.name);
      if (StartsWith(text, word)) found.push_back(text);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace lsmkv::cli
