#include "client/cli/help_commands.h"

#include <algorithm>

#include "client/cli/commands.h"

namespace lsmkv::cli {
namespace {

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string UsageOf(const Command& command) {
  std::string text(command.name);
  if (!command.arguments.empty()) {
    text.append(" ").append(command.arguments);
  }
  return text;
}

void AppendOptions(const std::vector<OptionSpec>& options, std::string* out) {
  for (const OptionSpec& option : options) {
    std::string head = "  ";
    if (option.letter != 0) head += std::string("-") + option.letter + ", ";
    head.append("--").append(option.name);
    if (!option.value_name.empty()) head.append(" ").append(option.value_name);
    constexpr size_t kWidth = 32;
    if (head.size() + 2 > kWidth) head += "\n" + std::string(kWidth, ' ');
    *out += head.find('\n') == std::string::npos ? Padded(head, kWidth) : head;
    out->append(option.help).append("\n");
  }
}

ExitCode RunHelp(CommandContext& context, const ParsedArgs& args) {
  std::string text = GeneralHelp();
  if (!args.positionals.empty()) {
    const Command* command = FindCommand(args.positionals[0].text);
    if (command == nullptr) {
      return context.Usage(UnknownCommand(args.positionals[0].text));
    }
    text = CommandHelp(*command);
  }
  *context.io.out << text;
  return context.Finish();
}

ExitCode RunVersion(CommandContext& context, const ParsedArgs&) {
  return context.Answer(VersionText());
}

ExitCode RunExit(CommandContext& context, const ParsedArgs&) {
  context.exit_requested = true;
  return ExitCode::kOk;
}

}  // namespace

std::string GeneralHelp() {
  std::string text =
      "Usage: lsmkv [options] <command> [arguments]\n"
      "       lsmkv [options]           a prompt; or commands from stdin\n"
      "\nCommands (upper or lower case):\n";
  for (const Command& command : AllCommands()) {
    text += "  " + Padded(UsageOf(command), 32) + std::string(command.summary) +
            "\n";
  }
  text += "\nOptions:\n";
  AppendOptions(CommonOptions(), &text);
  AppendOptions({{"version", 'V', "", "print the version"}}, &text);
  text +=
      "\nThe environment gives defaults: LSMKV_ENDPOINT, LSMKV_TIMEOUT and so "
      "on.\n"
      "Exit status: 0 ok, 1 other, 2 usage, 3 not found, 4 precondition "
      "failed,\n"
      "5 cannot connect, 6 deadline, 7 denied, 8 exhausted, 9 corrupt data.\n"
      "lsmkv help <command> explains one.\n";
  return text;
}

std::string CommandHelp(const Command& command) {
  std::string text = "Usage: lsmkv " + UsageOf(command) + "\n\n" +
                     std::string(command.summary) + ".\n";
  if (!command.aliases.empty()) {
    text += "\nAlso:";
    for (const std::string_view alias : command.aliases) {
      text.append(" ").append(alias);
    }
    text += "\n";
  }
  text += "\nOptions:\n";
  AppendOptions(command.options, &text);
  AppendOptions(CommonOptions(), &text);
  text += "  --                            take every further word as it is\n";
  return text;
}

std::string VersionText() { return std::string("lsmkv ") + LSMKV_VERSION; }

std::vector<Command> HelpCommands() {
  return {
      {"help",
       {},
       "[<command>]",
       "Show the commands, or explain one",
       0,
       1,
       {},
       RunHelp},
      {"version",
       {},
       "",
       "Print the version of this program",
       0,
       0,
       {},
       RunVersion},
      {"exit", {"quit"}, "", "Leave the prompt", 0, 0, {}, RunExit},
  };
}

}  // namespace lsmkv::cli
