#include "client/src/grpc_status.h"

#include <initializer_list>
#include <string_view>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

#include "client/src/status_payload.h"

namespace lsmkv::client {
namespace {

// gRPC has no code for "never left this process"; its texts are what there is.
bool SaysNoConnection(std::string_view message) {
  for (const std::string_view text :
       {"failed to connect to all addresses", "DNS resolution failed",
        "empty address list", "Domain name not found"}) {
    if (message.find(text) != std::string_view::npos) return true;
  }
  return false;
}

absl::Status CannotConnect(const std::string& endpoint,
                           const std::string& reason) {
  return absl::UnavailableError(
      absl::StrCat("cannot connect to ", endpoint, ": ", reason));
}

// gRPC nests its causes; the last one is what a reader wants to know, without
// the code that gRPC gives everything below it.
std::string LastCause(const std::string& message) {
  constexpr std::string_view kMark = "last error: ";
  constexpr std::string_view kCode = "UNKNOWN: ";
  size_t at = message.rfind(kMark);
  at = at == std::string::npos ? 0 : at + kMark.size();
  if (message.compare(at, kCode.size(), kCode) == 0) at += kCode.size();
  return message.substr(at);
}

void CopyDetails(const std::string& serialized, absl::Status* result) {
  google::rpc::Status details;
  if (!details.ParseFromString(serialized)) return;
  for (const auto& detail : details.details()) {
    result->SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status,
                            const std::string& endpoint, bool never_connected) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = status.error_message();
  const bool from_server = !status.error_details().empty();
  if (!from_server && status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    if (SaysNoConnection(message)) {
      absl::Status result = CannotConnect(endpoint, LastCause(message));
      result.SetPayload(kConnectErrorUrl, absl::Cord());
      return result;
    }
    return absl::UnavailableError(
        absl::StrCat("connection to ", endpoint, " failed: ", message));
  }
  if (never_connected && !from_server &&
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return CannotConnect(endpoint, "no answer before the deadline");
  }
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()),
                      message);
  CopyDetails(status.error_details(), &result);
  return result;
}

}  // namespace lsmkv::client
