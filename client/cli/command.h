// The description of a command. One table of these (commands.h) drives
// one-shot use, the prompt, help and completion.

#ifndef LSMKV_CLIENT_CLI_COMMAND_H_
#define LSMKV_CLIENT_CLI_COMMAND_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "client/cli/args.h"
#include "client/cli/context.h"
#include "client/cli/exit_code.h"

namespace lsmkv::cli {

struct Command {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view arguments;  // as help shows them: "<key> <value>"
  std::string_view summary;    // one line
  size_t positionals_min = 0;
  size_t positionals_max = 0;
  std::vector<OptionSpec> options;  // besides CommonOptions()
  ExitCode (*run)(CommandContext& context, const ParsedArgs& args) = nullptr;
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_COMMAND_H_
