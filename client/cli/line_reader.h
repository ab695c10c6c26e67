// Lines of a stream, with their numbers.

#ifndef LSMKV_CLIENT_CLI_LINE_READER_H_
#define LSMKV_CLIENT_CLI_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace lsmkv::cli {

// Reads in chunks but never waits for more than the next line needs, so that
// commands typed into a pipe run as they come. Memory is bounded by the
// longest line.
class LineReader {
 public:
  // `in` outlives the reader and is read by nobody else.
  explicit LineReader(std::istream* in, size_t line_bytes_max = kLineBytesMax);

  // True and the next line, without its newline, valid until the next call;
  // false at the end. A last line needs no newline. UNKNOWN if the stream
  // fails, INVALID_ARGUMENT if a line is too long.
  absl::StatusOr<bool> Next(std::string_view* line);

  // Of the line Next returned last; the first is 1.
  uint64_t line_number() const { return line_number_; }
  // Newlines included.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  // A value of 8 MiB, each byte of it escaped, fits.
  static constexpr size_t kLineBytesMax = size_t{128} << 20;

  // Puts more bytes behind buffer_; false at the end of the stream.
  bool Fill();

  std::istream* const in_;
  const size_t line_bytes_max_;
  std::string buffer_;
  size_t at_ = 0;  // the start of the next line in buffer_
  uint64_t line_number_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_LINE_READER_H_
