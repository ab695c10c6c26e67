#include "service/core/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"

#include "service/core/bytes.h"

namespace lsmkv::service {
namespace {

constexpr char kDetailUrl[] = "lsmkv.service/ErrorDetail";

// The payload is a list of strings, reason first, then keys and values in
// turn; each is its length in four bytes, little-endian, and its bytes.
void AppendString(std::string_view text, std::string* out) {
  const auto size = static_cast<uint32_t>(text.size());
  for (int shift = 0; shift < 32; shift += 8) {
    out->push_back(static_cast<char>((size >> shift) & 0xFF));
  }
  out->append(text);
}

std::optional<std::string> TakeString(std::string_view* in) {
  if (in->size() < 4) return std::nullopt;
  uint32_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size |= static_cast<uint32_t>(static_cast<uint8_t>((*in)[i])) << (8 * i);
  }
  in->remove_prefix(4);
  if (in->size() < size) return std::nullopt;
  std::string text(in->substr(0, size));
  in->remove_prefix(size);
  return text;
}

std::string_view DefaultReason(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return "OK";
    case absl::StatusCode::kCancelled:
      return "CANCELLED";
    case absl::StatusCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case absl::StatusCode::kNotFound:
      return "KEY_NOT_FOUND";
    case absl::StatusCode::kAlreadyExists:
      return "KEY_EXISTS";
    case absl::StatusCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case absl::StatusCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case absl::StatusCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case absl::StatusCode::kAborted:
      return "ABORTED";
    case absl::StatusCode::kOutOfRange:
      return "OUT_OF_RANGE";
    case absl::StatusCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case absl::StatusCode::kInternal:
      return "INTERNAL";
    case absl::StatusCode::kUnavailable:
      return "UNAVAILABLE";
    case absl::StatusCode::kDataLoss:
      return "DATA_LOSS";
    case absl::StatusCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    default:
      return "UNKNOWN";
  }
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view reason,
                       std::string_view message,
                       std::map<std::string, std::string> metadata) {
  absl::Status status(code, ToAbsl(message));
  std::string payload;
  AppendString(reason, &payload);
  for (const auto& [key, value] : metadata) {
    AppendString(key, &payload);
    AppendString(value, &payload);
  }
  status.SetPayload(kDetailUrl, absl::Cord(payload));
  return status;
}

ErrorDetail DetailOf(const absl::Status& status) {
  ErrorDetail detail;
  const auto payload = status.GetPayload(kDetailUrl);
  if (payload.has_value()) {
    const std::string bytes(*payload);
    std::string_view rest = bytes;
    if (auto reason = TakeString(&rest)) detail.reason = *std::move(reason);
    while (!rest.empty()) {
      auto key = TakeString(&rest);
      auto value = TakeString(&rest);
      if (!key || !value) break;
      detail.metadata[*std::move(key)] = *std::move(value);
    }
  }
  if (detail.reason.empty()) detail.reason = DefaultReason(status.code());
  return detail;
}

}  // namespace lsmkv::service
