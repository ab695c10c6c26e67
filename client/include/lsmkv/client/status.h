// What an error of the server says beyond its code and message.
//
// Every method of Client returns absl::Status or absl::StatusOr. The code is
// the canonical one; the message is the server's, made for people and free to
// change; the reason is an UPPER_SNAKE word that programs can rely on.

#ifndef LSMKV_CLIENT_STATUS_H_
#define LSMKV_CLIENT_STATUS_H_

#include <map>
#include <string>

#include "absl/status/status.h"

namespace lsmkv::client {

// The reason of the server's google.rpc.ErrorInfo, for example
// "KEY_NOT_FOUND" or "SNAPSHOT_EXPIRED". Empty for an OK status and for errors
// that did not come from an lsmkv server, such as a refused connection.
std::string ErrorReason(const absl::Status& status);

// The ErrorInfo's metadata, for example the limit that was exceeded. Empty
// where there is none.
std::map<std::string, std::string> ErrorMetadata(const absl::Status& status);

// Makes an error that carries a reason, as a server's does. For tests of code
// that calls ErrorReason.
absl::Status MakeErrorWithReason(
    absl::StatusCode code, const std::string& message,
    const std::string& reason,
    const std::map<std::string, std::string>& metadata = {});

// True for the UNAVAILABLE of a call that certainly never left, as no
// connection could be made: not for one that was lost, nor for a server that
// is stopping.
bool IsConnectError(const absl::Status& status);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_STATUS_H_
