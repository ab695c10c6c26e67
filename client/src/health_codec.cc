#include "client/src/health_codec.h"

#include <cstdint>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace lsmkv::client {

absl::StatusOr<HealthState> ParseHealthResponse(const std::string& encoded) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const uint8_t*>(encoded.data()),
      static_cast<int>(encoded.size()));
  constexpr uint32_t kStatusTag = (1 << 3) | WireFormatLite::WIRETYPE_VARINT;
  uint64_t status = 0;  // absent: the enum's zero, UNKNOWN
  while (const uint32_t tag = input.ReadTag()) {
    const bool read = tag == kStatusTag
                          ? input.ReadVarint64(&status)
                          : WireFormatLite::SkipField(&input, tag);
    if (!read) return absl::InternalError("malformed health response");
  }
  if (!input.ConsumedEntireMessage()) {
    return absl::InternalError("malformed health response");
  }
  if (status == 1) return HealthState::kServing;
  if (status == 2) return HealthState::kNotServing;
  return HealthState::kUnknown;
}

}  // namespace lsmkv::client
