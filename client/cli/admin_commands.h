// stats, limits, flush, compact, health.

#ifndef LSMKV_CLIENT_CLI_ADMIN_COMMANDS_H_
#define LSMKV_CLIENT_CLI_ADMIN_COMMANDS_H_

#include <vector>

#include "client/cli/command.h"

namespace lsmkv::cli {

std::vector<Command> AdminCommands();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_ADMIN_COMMANDS_H_
