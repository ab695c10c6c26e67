// Logger: lines of text or JSON to a stream, for people and for machines.
//
//   2026-01-31T12:00:00.123456Z INFO server_ready grpc=127.0.0.1:50051
//   {"time":"…","level":"info","event":"server_ready","grpc":"…"}
//
// Keys and values of records are never logged; whatever a client or a file
// name may hold is escaped, so that a line is always one line.
//
// Threads: safe for concurrent use; a line is written by one call.

#ifndef LSMKV_SERVICE_OBSERVABILITY_LOGGER_H_
#define LSMKV_SERVICE_OBSERVABILITY_LOGGER_H_

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lsmkv/engine/logger.h"

namespace lsmkv::service {

enum class LogFormat { kText, kJson };
using engine::LogLevel;

class Logger : public engine::Logger {
 public:
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  // Takes one line without its newline.
  using Sink = std::function<void(std::string_view)>;
  using WallClock = std::function<std::chrono::system_clock::time_point()>;

  // Writes to stderr.
  Logger(LogFormat format, LogLevel level);
  Logger(LogFormat format, LogLevel level, Sink sink, WallClock clock);

  // The engine's lines: `event key=value ...`.
  void Log(LogLevel level, std::string_view line) override;
  // The service's own: `event` is a fixed snake_case word.
  void Event(LogLevel level, std::string_view event, const Fields& fields = {});

  bool Enabled(LogLevel level) const { return level >= level_; }

 private:
  const LogFormat format_;
  const LogLevel level_;
  const Sink sink_;
  const WallClock clock_;
};

// JSON string contents, without the quotes; what is not UTF-8 is replaced.
std::string EscapeJson(std::string_view text);
// One line of printable text: control bytes and others than ASCII as \xNN.
std::string EscapeText(std::string_view text);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_OBSERVABILITY_LOGGER_H_
