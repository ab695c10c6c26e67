#include "client/cli/line_reader.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"

namespace lsmkv::cli {

LineReader::LineReader(std::istream* in, size_t line_bytes_max)
    : in_(in), line_bytes_max_(line_bytes_max) {}

bool LineReader::Fill() {
  constexpr size_t kChunkBytes = size_t{1} << 16;
  if (in_->peek() == std::istream::traits_type::eof()) return false;
  const std::streamsize there = in_->rdbuf()->in_avail();
  const size_t wanted =
      there > 0 ? std::min(static_cast<size_t>(there), kChunkBytes) : 1;
  const size_t old_size = buffer_.size();
  buffer_.resize(old_size + wanted);
  in_->read(buffer_.data() + old_size, static_cast<std::streamsize>(wanted));
  buffer_.resize(old_size + static_cast<size_t>(in_->gcount()));
  return buffer_.size() > old_size;
}

absl::StatusOr<bool> LineReader::Next(std::string_view* line) {
  size_t searched = at_;
  while (true) {
    const size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos) {
      *line = std::string_view(buffer_).substr(at_, newline - at_);
      at_ = newline + 1;
      ++bytes_read_;
      break;
    }
    if (buffer_.size() - at_ > line_bytes_max_) {
      return absl::InvalidArgumentError("line " +
                                        std::to_string(line_number_ + 1) +
                                        " is longer than any record may be");
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    if (Fill()) continue;
    if (in_->bad()) return absl::UnknownError("the input could not be read");
    if (buffer_.empty()) return false;
    *line = buffer_;
    at_ = buffer_.size();
    break;
  }
  ++line_number_;
  bytes_read_ += line->size();
  return true;
}

}  // namespace lsmkv::cli
