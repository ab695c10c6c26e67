// The program: from the words of the command line to the exit code.

#ifndef LSMKV_CLIENT_CLI_APP_H_
#define LSMKV_CLIENT_CLI_APP_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/context.h"
#include "client/cli/repl.h"

namespace lsmkv::cli {

// What the program needs from the machine; tests give their own.
struct App {
  Io io;
  Environment environment;
  ConnectionFactory connect;
  // Called where stdin is a terminal and there is no command.
  std::function<std::unique_ptr<LineEditor>()> make_editor;
};

// `words` is argv without the program's name.
ExitCode RunApp(const App& app, const std::vector<std::string>& words);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_APP_H_
