#include "client/cli/session.h"

#include <string>

#include "client/cli/args.h"
#include "client/cli/commands.h"
#include "client/cli/help_commands.h"

namespace lsmkv::cli {
namespace {

std::vector<OptionSpec> OptionsOf(const Command& command) {
  std::vector<OptionSpec> options = command.options;
  options.insert(options.end(), CommonOptions().begin(), CommonOptions().end());
  return options;
}

// What is wrong with the number of arguments; empty: nothing.
std::string CheckCount(const Command& command, const ParsedArgs& args) {
  const size_t count = args.positionals.size();
  if (count >= command.positionals_min && count <= command.positionals_max) {
    return "";
  }
  const std::string what = count < command.positionals_min
                               ? "too few arguments"
                               : "too many arguments";
  if (command.arguments.empty()) return what + ": it takes none";
  return what + ": it takes " + std::string(command.arguments) +
         (count > command.positionals_max ? " (quote what holds blanks)" : "");
}

}  // namespace

ExitCode Session::RunOnce(const std::vector<Token>& words) {
  CommandContext context = MakeContext(settings_);
  return Run(words, &context);
}

ExitCode Session::RunLine(std::string_view line, uint64_t script_line) {
  CommandContext context = MakeContext(settings_);
  context.in_prompt = true;
  context.script_line = script_line;
  const absl::StatusOr<std::vector<Token>> words = Tokenize(line);
  if (!words.ok()) return context.Usage(std::string(words.status().message()));
  if (words->empty()) return ExitCode::kOk;
  return Run(*words, &context);
}

ExitCode Session::Run(const std::vector<Token>& words, CommandContext* outer) {
  const Command* command = FindCommand(words[0].text);
  if (command == nullptr) return outer->Usage(UnknownCommand(words[0].text));
  outer->command_name = command->name;
  size_t at = 1;
  const absl::StatusOr<ParsedArgs> args =
      ParseArgs(words, OptionsOf(*command), ParseUntil::kEnd, &at);
  if (!args.ok()) return outer->Usage(std::string(args.status().message()));
  if (args->Has("help")) {
    *io_.out << CommandHelp(*command);
    return outer->Finish();
  }
  if (outer->in_prompt && args->Has("endpoint")) {
    return outer->Usage("--endpoint cannot change inside the prompt");
  }
  Settings settings = settings_;
  if (absl::Status s = ApplyOptions(*args, &settings); !s.ok()) {
    return outer->Usage(std::string(s.message()));
  }
  if (const std::string what = CheckCount(*command, *args); !what.empty()) {
    return outer->Usage(what);
  }
  CommandContext context = MakeContext(settings);
  context.in_prompt = outer->in_prompt;
  context.script_line = outer->script_line;
  context.command_name = command->name;
  const ExitCode code = command->run(context, *args);
  exit_requested_ = exit_requested_ || context.exit_requested;
  return code;
}

}  // namespace lsmkv::cli
