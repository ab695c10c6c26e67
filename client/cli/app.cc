#include "client/cli/app.h"

#include <utility>

#include "client/cli/args.h"
#include "client/cli/help_commands.h"
#include "client/cli/session.h"

namespace lsmkv::cli {

ExitCode RunApp(const App& app, const std::vector<std::string>& words) {
  Settings settings;
  std::shared_ptr<client::Connection> none;
  CommandContext context(app.io, settings, &none, app.connect);
  std::vector<Token> tokens;
  for (const std::string& word : words) tokens.push_back({word, false});

  std::vector<OptionSpec> options = CommonOptions();
  options.push_back({"version", 'V', "", "print the version"});
  size_t at = 0;
  const absl::StatusOr<ParsedArgs> args =
      ParseArgs(tokens, options, ParseUntil::kFirstPositional, &at);
  if (!args.ok()) return context.Usage(std::string(args.status().message()));
  if (args->Has("version")) return context.Answer(VersionText());
  if (args->Has("help")) {
    *app.io.out << GeneralHelp();
    return context.Finish();
  }
  absl::Status s = ApplyEnvironment(app.environment, &settings);
  if (s.ok()) s = ApplyOptions(*args, &settings);
  if (!s.ok()) return context.Usage(std::string(s.message()));

  Session session(app.io, std::move(settings), app.connect);
  if (at < tokens.size()) {
    return session.RunOnce(
        {tokens.begin() + static_cast<std::ptrdiff_t>(at), tokens.end()});
  }
  if (!app.io.in_is_terminal) return RunScript(&session);
  const std::unique_ptr<LineEditor> editor = app.make_editor();
  return RunPrompt(editor.get(), &session);
}

}  // namespace lsmkv::cli
