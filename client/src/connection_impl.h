// ConnectionImpl: from Client's calls to a Stub's attempts. Turns arguments
// into messages, resolves the options, and runs the retry loop.

#ifndef LSMKV_CLIENT_SRC_CONNECTION_IMPL_H_
#define LSMKV_CLIENT_SRC_CONNECTION_IMPL_H_

#include <memory>

#include "client/src/clock.h"
#include "client/src/stub.h"
#include "lsmkv/client/connection.h"

namespace lsmkv::client {

// `clock` must outlive the connection and its scans.
std::shared_ptr<Connection> MakeConnectionOver(std::shared_ptr<Stub> stub,
                                               Clock* clock);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_CONNECTION_IMPL_H_
