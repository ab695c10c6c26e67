#include "service/grpc/status_mapping.h"

#include <string>
#include <string_view>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

#include "service/core/error.h"

namespace lsmkv::service {
namespace {

// Message and details travel in headers, of which clients take 8 KiB in all.
constexpr size_t kTextBytesMax = 1024;

std::string Cut(std::string_view text) {
  if (text.size() <= kTextBytesMax) return std::string(text);
  size_t size = kTextBytesMax;
  // Not in the middle of a UTF-8 sequence.
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  return std::string(text.substr(0, size)) + "...";
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorDetail detail = DetailOf(status);
  const std::string message =
      Cut({status.message().data(), status.message().size()});
  google::rpc::ErrorInfo info;
  info.set_reason(detail.reason);
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : detail.metadata) {
    (*info.mutable_metadata())[key] = Cut(value);
  }
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return {static_cast<grpc::StatusCode>(status.code()), message,
          details.SerializeAsString()};
}

}  // namespace lsmkv::service
