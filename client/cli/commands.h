// The table of all commands, and finding one in it.

#ifndef LSMKV_CLIENT_CLI_COMMANDS_H_
#define LSMKV_CLIENT_CLI_COMMANDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/command.h"

namespace lsmkv::cli {

// In the order of help. Never destroyed.
const std::vector<Command>& AllCommands();

// By name or alias, upper or lower case; null if there is none.
const Command* FindCommand(std::string_view name);

// What to say about a name that FindCommand does not know.
std::string UnknownCommand(std::string_view name);

// The words that may follow the last word of `line`, which is a part of one:
// names of commands, or options once the command is there. Sorted.
std::vector<std::string> Completions(std::string_view line);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_COMMANDS_H_
