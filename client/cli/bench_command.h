// bench.

#ifndef LSMKV_CLIENT_CLI_BENCH_COMMAND_H_
#define LSMKV_CLIENT_CLI_BENCH_COMMAND_H_

#include "client/cli/command.h"

namespace lsmkv::cli {

Command BenchCommand();

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_BENCH_COMMAND_H_
