// export.

#ifndef LSMKV_CLIENT_CLI_EXPORT_COMMAND_H_
#define LSMKV_CLIENT_CLI_EXPORT_COMMAND_H_

#include "client/cli/command.h"

namespace lsmkv::cli {

Command ExportCommand();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_EXPORT_COMMAND_H_
