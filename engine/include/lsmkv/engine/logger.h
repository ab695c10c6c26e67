// Logger and EventListener: how the engine tells its owner what it does.

#ifndef LSMKV_ENGINE_LOGGER_H_
#define LSMKV_ENGINE_LOGGER_H_

#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::engine {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// Receives one line per event, as `event key=value ...` without a newline.
// Called from any thread, never with an engine lock held; must not block for
// long and must not call back into the DB.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void Log(LogLevel level, std::string_view line) = 0;
};

// Receives what an owner may have to act on. Same rules as Logger. Calls come
// one at a time; the last one says how things are.
class EventListener {
 public:
  virtual ~EventListener() = default;
  // Writes fail from now on, reads go on. RESOURCE_EXHAUSTED: until there is
  // room again; any other error: until the store is opened anew. The second
  // may follow the first.
  virtual void OnBackgroundError(const absl::Status& error) = 0;
  // There is room again, and writes succeed.
  virtual void OnWritesResumed() {}
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_LOGGER_H_
