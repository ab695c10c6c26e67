// The prompt, and scripts: commands line by line until the end or `exit`.

#ifndef LSMKV_CLIENT_CLI_REPL_H_
#define LSMKV_CLIENT_CLI_REPL_H_

#include <optional>
#include <string>

#include "client/cli/session.h"

namespace lsmkv::cli {

// Gives the lines that a person types.
class LineEditor {
 public:
  virtual ~LineEditor() = default;
  // Without its newline; nullopt at the end of the input.
  virtual std::optional<std::string> Read() = 0;
};

// An error does not end the conversation, and is its own business: 0.
ExitCode RunPrompt(LineEditor* editor, Session* session);

// The lines of session->io().in, without a prompt. Goes on after an error; the
// exit code is that of the last command that failed.
ExitCode RunScript(Session* session);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_REPL_H_
