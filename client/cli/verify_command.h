// verify: has the server check all it has on disk, and lists the damage.

#ifndef LSMKV_CLIENT_CLI_VERIFY_COMMAND_H_
#define LSMKV_CLIENT_CLI_VERIFY_COMMAND_H_

#include "client/cli/command.h"

namespace lsmkv::cli {

Command VerifyCommand();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_VERIFY_COMMAND_H_
