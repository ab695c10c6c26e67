// A LineEditor on the terminal: editing, history, completion (libedit).

#ifndef LSMKV_CLIENT_CLI_TERMINAL_EDITOR_H_
#define LSMKV_CLIENT_CLI_TERMINAL_EDITOR_H_

#include <memory>
#include <string>

#include "client/cli/repl.h"

namespace lsmkv::cli {

// Reads stdin, shows on stdout, or on stderr where stdout is no terminal.
// History is kept in `history_path`, readable by its owner only; empty: it is
// not kept. One at a time in a process.
std::unique_ptr<LineEditor> MakeTerminalEditor(const std::string& history_path,
                                               bool out_is_terminal);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_TERMINAL_EDITOR_H_
