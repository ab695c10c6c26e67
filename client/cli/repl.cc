#include "client/cli/repl.h"

#include <string_view>

#include "client/cli/line_reader.h"

namespace lsmkv::cli {

ExitCode RunPrompt(LineEditor* editor, Session* session) {
  while (!session->exit_requested()) {
    const std::optional<std::string> line = editor->Read();
    if (!line.has_value()) {
      *session->io().out << '\n' << std::flush;
      break;
    }
    session->RunLine(*line, 0);
  }
  return ExitCode::kOk;
}

ExitCode RunScript(Session* session) {
  ExitCode last_failure = ExitCode::kOk;
  LineReader lines(session->io().in);
  while (!session->exit_requested()) {
    std::string_view line;
    const absl::StatusOr<bool> more = lines.Next(&line);
    if (!more.ok()) {
      *session->io().err << "lsmkv: " << std::string(more.status().message())
                         << "\n"
                         << std::flush;
      return ExitCode::kOther;
    }
    if (!*more) break;
    const ExitCode code = session->RunLine(line, lines.line_number());
    if (code != ExitCode::kOk) last_failure = code;
    // Nobody reads the answers any more.
    if (!session->io().out->good()) break;
  }
  return last_failure;
}

}  // namespace lsmkv::cli
