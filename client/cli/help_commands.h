// help, version, exit; and the texts of help.

#ifndef LSMKV_CLIENT_CLI_HELP_COMMANDS_H_
#define LSMKV_CLIENT_CLI_HELP_COMMANDS_H_

#include <string>
#include <vector>

#include "client/cli/command.h"

namespace lsmkv::cli {

std::vector<Command> HelpCommands();

// All commands, a line each. Ends with a newline.
std::string GeneralHelp();

// One command with its options. Ends with a newline.
std::string CommandHelp(const Command& command);

// "lsmkv 0.1.0"
std::string VersionText();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_HELP_COMMANDS_H_
