// A line on a terminal that shows how far long work has come.

#ifndef LSMKV_CLIENT_CLI_PROGRESS_H_
#define LSMKV_CLIENT_CLI_PROGRESS_H_

#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"

#include "client/cli/mutex.h"

namespace lsmkv::cli {

// From its second second on, and until it is destroyed, a thread of its own
// rewrites one line with what `text` returns; then the line is wiped.
// Meanwhile nobody else may write to the stream.
class Progress {
 public:
  // Called on the thread of the progress with the seconds since the start.
  using Text = std::function<std::string(double seconds)>;

  // Does nothing at all unless `enabled`; `err` outlives the object.
  Progress(std::ostream* err, bool enabled, Text text,
           std::chrono::milliseconds first_after = std::chrono::seconds(1));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void Run();

  std::ostream* const err_;
  const Text text_;
  const std::chrono::milliseconds first_after_;
  Mutex mu_;
  CondVar changed_;
  bool stop_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_PROGRESS_H_
