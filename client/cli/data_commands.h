// set, get, delete, delete-range.

#ifndef LSMKV_CLIENT_CLI_DATA_COMMANDS_H_
#define LSMKV_CLIENT_CLI_DATA_COMMANDS_H_

#include <vector>

#include "client/cli/command.h"

namespace lsmkv::cli {

std::vector<Command> DataCommands();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_DATA_COMMANDS_H_
