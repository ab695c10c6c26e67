#include "service/observability/logger.h"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <ctime>

namespace lsmkv::service {
namespace {

// "2026-01-31T12:00:00.123456Z"
std::string FormatTime(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
                          time.time_since_epoch())
                          .count();
  const std::time_t seconds = static_cast<std::time_t>(micros / 1'000'000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 60> all{};
  std::snprintf(all.data(), all.size(), "%s.%06dZ", date.data(),
                static_cast<int>(micros % 1'000'000));
  return all.data();
}

std::string_view LevelName(LogLevel level, LogFormat format) {
  const bool json = format == LogFormat::kJson;
  switch (level) {
    case LogLevel::kDebug:
      return json ? "debug" : "DEBUG";
    case LogLevel::kInfo:
      return json ? "info" : "INFO";
    case LogLevel::kWarn:
      return json ? "warn" : "WARN";
    case LogLevel::kError:
      return json ? "error" : "ERROR";
  }
  return "";
}

void AppendHex(uint8_t byte, std::string* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out->push_back(kDigits[byte >> 4]);
  out->push_back(kDigits[byte & 15]);
}

// How many bytes of valid UTF-8 sequence `text` begins with; 0: none.
size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  size_t size = 0;
  uint32_t rune = 0;
  uint32_t least = 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) {
    size = 2, rune = lead & 0x1Fu, least = 0x80;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    size = 3, rune = lead & 0x0Fu, least = 0x800;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    size = 4, rune = lead & 0x07u, least = 0x10000;
  }
  if (size == 0 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    rune = (rune << 6) | (byte(i) & 0x3Fu);
  }
  const bool surrogate = rune >= 0xD800 && rune <= 0xDFFF;
  return rune < least || rune > 0x10FFFF || surrogate ? 0 : size;
}

// A value with spaces or quotes is quoted, so that fields can be told apart.
std::string TextValue(std::string_view value) {
  std::string escaped = EscapeText(value);
  if (!escaped.empty() && escaped.find_first_of(" \"=") == std::string::npos) {
    return escaped;
  }
  std::string quoted = "\"";
  for (char c : escaped) {
    if (c == '"') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

void WriteStderr(std::string_view line) {
  std::string out(line);
  out.push_back('\n');
  // One call, so that lines of several threads do not mix. There is nowhere
  // to report that logging fails.
  std::fwrite(out.data(), 1, out.size(), stderr);
}

}  // namespace

std::string EscapeJson(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto byte = static_cast<uint8_t>(c);
    const size_t length = Utf8Length(text.substr(i));
    if (length == 0) {
      out += "\\ufffd";
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      AppendHex(byte, &out);
    } else {
      out.append(text.substr(i, length));
    }
    i += length;
  }
  return out;
}

std::string EscapeText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '\\') {
      out.push_back(c);
    } else {
      out += "\\x";
      AppendHex(byte, &out);
    }
  }
  return out;
}

Logger::Logger(LogFormat format, LogLevel level)
    : Logger(format, level, WriteStderr,
             [] { return std::chrono::system_clock::now(); }) {}

Logger::Logger(LogFormat format, LogLevel level, Sink sink, WallClock clock)
    : format_(format),
      level_(level),
      sink_(std::move(sink)),
      clock_(std::move(clock)) {}

void Logger::Log(LogLevel level, std::string_view line) {
  if (!Enabled(level)) return;
  const size_t space = line.find(' ');
  const std::string_view event = line.substr(0, space);
  const std::string_view rest =
      space == std::string_view::npos ? "" : line.substr(space + 1);
  std::string out;
  if (format_ == LogFormat::kJson) {
    Event(level, event, {{"detail", std::string(rest)}});
    return;
  }
  out = FormatTime(clock_()) + " ";
  out += LevelName(level, format_);
  out += " " + EscapeText(line);
  sink_(out);
}

void Logger::Event(LogLevel level, std::string_view event,
                   const Fields& fields) {
  if (!Enabled(level)) return;
  std::string out;
  if (format_ == LogFormat::kText) {
    out = FormatTime(clock_()) + " ";
    out += LevelName(level, format_);
    out += " " + EscapeText(event);
    for (const auto& [name, value] : fields) {
      out += " ";
      out += name;
      out += "=" + TextValue(value);
    }
  } else {
    out = "{\"time\":\"" + FormatTime(clock_()) + "\",\"level\":\"";
    out += LevelName(level, format_);
    out += "\",\"event\":\"" + EscapeJson(event) + "\"";
    for (const auto& [name, value] : fields) {
      out += ",\"" + EscapeJson(name) + "\":\"" + EscapeJson(value) + "\"";
    }
    out += "}";
  }
  sink_(out);
}

}  // namespace lsmkv::service
