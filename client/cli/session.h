// Runs commands one after another over one connection.

#ifndef LSMKV_CLIENT_CLI_SESSION_H_
#define LSMKV_CLIENT_CLI_SESSION_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "client/cli/context.h"
#include "client/cli/exit_code.h"
#include "client/cli/tokenizer.h"

namespace lsmkv::cli {

class Session {
 public:
  // `settings` hold for every command that does not say otherwise.
  Session(const Io& io, Settings settings, ConnectionFactory connect)
      : io_(io), settings_(std::move(settings)), connect_(std::move(connect)) {}

  // A command from the command line. The first word is its name.
  ExitCode RunOnce(const std::vector<Token>& words);

  // A line of the prompt, or line `script_line` of a script; an empty one is
  // fine. 0: not a script.
  ExitCode RunLine(std::string_view line, uint64_t script_line);

  // A command asked to leave the prompt.
  bool exit_requested() const { return exit_requested_; }

  const Io& io() const { return io_; }

 private:
  ExitCode Run(const std::vector<Token>& words, CommandContext* context);
  CommandContext MakeContext(const Settings& settings) {
    return CommandContext(io_, settings, &connection_, connect_);
  }

  const Io io_;
  const Settings settings_;
  const ConnectionFactory connect_;
  std::shared_ptr<client::Connection> connection_;  // null until it is needed
  bool exit_requested_ = false;
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_SESSION_H_
