// scan.

#ifndef LSMKV_CLIENT_CLI_SCAN_COMMAND_H_
#define LSMKV_CLIENT_CLI_SCAN_COMMAND_H_

#include "client/cli/command.h"

namespace lsmkv::cli {

Command ScanCommand();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_SCAN_COMMAND_H_
