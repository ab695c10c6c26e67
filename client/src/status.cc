#include "lsmkv/client/status.h"

#include "google/rpc/error_details.pb.h"

#include "client/src/status_payload.h"

namespace lsmkv::client {
namespace {

google::rpc::ErrorInfo InfoOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  const auto payload = status.GetPayload(kErrorInfoUrl);
  // Came over the network: what does not parse says nothing.
  if (payload.has_value() && !info.ParseFromString(std::string(*payload))) {
    info.Clear();
  }
  return info;
}

}  // namespace

std::string ErrorReason(const absl::Status& status) {
  return InfoOf(status).reason();
}

std::map<std::string, std::string> ErrorMetadata(const absl::Status& status) {
  const google::rpc::ErrorInfo info = InfoOf(status);
  return {info.metadata().begin(), info.metadata().end()};
}

absl::Status MakeErrorWithReason(
    absl::StatusCode code, const std::string& message,
    const std::string& reason,
    const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_domain("lsmkv.v1");
  info.set_reason(reason);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  absl::Status status(code, message);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

bool IsConnectError(const absl::Status& status) {
  return status.GetPayload(kConnectErrorUrl).has_value();
}

}  // namespace lsmkv::client
