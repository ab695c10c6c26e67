// Connection: what a Client talks through. Programs get one from
// MakeConnection; their tests replace it by mocks/mock_connection.h.
//
// A connection holds the TCP connection, the retry loop and nothing else; it
// connects at the first call and again by itself whenever it has to. The
// methods are those of Client, which documents them; here every parameter is
// given, and unset CallOptions mean the defaults.
//
// Threads: every method may be called from any thread at any time.

#ifndef LSMKV_CLIENT_CONNECTION_H_
#define LSMKV_CLIENT_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/options.h"
#include "lsmkv/client/scan.h"
#include "lsmkv/client/types.h"

namespace lsmkv::client {

// Called once, from a thread of the library: must be short, must not block,
// and may start further asynchronous calls.
using WriteCallback = absl::AnyInvocable<void(absl::StatusOr<uint64_t>)>;
using GetCallback = absl::AnyInvocable<void(absl::StatusOr<Value>)>;

// Called on the thread that waits for the verify.
using VerifyCallback = std::function<void(const VerifyEvent&)>;

class Connection {
 public:
  virtual ~Connection() = default;

  virtual absl::StatusOr<Value> Get(std::string_view key,
                                    const CallOptions& options) = 0;
  virtual absl::StatusOr<std::vector<std::optional<Value>>> BatchGet(
      const std::vector<std::string>& keys, const CallOptions& options) = 0;
  virtual ScanRange Scan(const ScanOptions& scan,
                         const CallOptions& options) = 0;
  virtual absl::StatusOr<Page> ScanPage(const ScanOptions& scan,
                                        const PageOptions& page,
                                        const CallOptions& options) = 0;

  virtual absl::StatusOr<uint64_t> Put(std::string_view key,
                                       std::string_view value,
                                       const CallOptions& options) = 0;
  virtual absl::StatusOr<uint64_t> Delete(std::string_view key,
                                          const CallOptions& options) = 0;
  // `all` must be true for a range without bounds.
  virtual absl::StatusOr<uint64_t> DeleteRange(const KeyRange& range, bool all,
                                               const CallOptions& options) = 0;
  virtual absl::StatusOr<uint64_t> BatchWrite(WriteBatch batch,
                                              const CallOptions& options) = 0;

  virtual void AsyncGet(std::string_view key, const CallOptions& options,
                        GetCallback done) = 0;
  virtual void AsyncPut(std::string_view key, std::string_view value,
                        const CallOptions& options, WriteCallback done) = 0;
  virtual void AsyncWrite(WriteBatch batch, const CallOptions& options,
                          WriteCallback done) = 0;

  virtual absl::StatusOr<Stats> GetStats(const CallOptions& options) = 0;
  virtual absl::StatusOr<Limits> GetLimits(const CallOptions& options) = 0;
  virtual absl::Status Flush(const CallOptions& options) = 0;
  virtual absl::Status Compact(const KeyRange& range,
                               const CallOptions& options) = 0;
  virtual absl::StatusOr<VerifyProgress> Verify(const VerifyOptions& verify,
                                                const VerifyCallback& on_event,
                                                const CallOptions& options) = 0;
  virtual absl::StatusOr<HealthState> Health(const CallOptions& options) = 0;
};

// Returns at once and never fails: it connects when it is first used, and a
// wrong or dead endpoint shows as UNAVAILABLE there. Keep one per server and
// share it; calls in flight do not wait for each other.
std::shared_ptr<Connection> MakeConnection(
    const ConnectionOptions& options = {});

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_CONNECTION_H_
