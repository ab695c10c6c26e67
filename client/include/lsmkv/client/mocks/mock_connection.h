// MockConnection: a GoogleMock Connection for tests of code that uses Client.
//
//   auto mock = std::make_shared<lsmkv::client::MockConnection>();
//   EXPECT_CALL(*mock, Get("user:1", testing::_))
//       .WillOnce(testing::Return(lsmkv::client::Value{"data", 7}));
//   lsmkv::client::Client client(mock);
//
// For Scan, return MakeScanRange(records, status) (lsmkv/client/scan.h)
// through testing::ByMove or a lambda. Installed; needs GoogleMock, which the
// library itself does not.

#ifndef LSMKV_CLIENT_MOCKS_MOCK_CONNECTION_H_
#define LSMKV_CLIENT_MOCKS_MOCK_CONNECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include "lsmkv/client/connection.h"

namespace lsmkv::client {

class MockConnection : public Connection {
 public:
  MOCK_METHOD(absl::StatusOr<Value>, Get,
              (std::string_view key, const CallOptions& options), (override));
  MOCK_METHOD(absl::StatusOr<std::vector<std::optional<Value>>>, BatchGet,
              (const std::vector<std::string>& keys,
               const CallOptions& options),
              (override));
  MOCK_METHOD(ScanRange, Scan,
              (const ScanOptions& scan, const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<Page>, ScanPage,
              (const ScanOptions& scan, const PageOptions& page,
               const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<uint64_t>, Put,
              (std::string_view key, std::string_view value,
               const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<uint64_t>, Delete,
              (std::string_view key, const CallOptions& options), (override));
  MOCK_METHOD(absl::StatusOr<uint64_t>, DeleteRange,
              (const KeyRange& range, bool all, const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<uint64_t>, BatchWrite,
              (WriteBatch batch, const CallOptions& options), (override));
  MOCK_METHOD(void, AsyncGet,
              (std::string_view key, const CallOptions& options,
               GetCallback done),
              (override));
  MOCK_METHOD(void, AsyncPut,
              (std::string_view key, std::string_view value,
               const CallOptions& options, WriteCallback done),
              (override));
  MOCK_METHOD(void, AsyncWrite,
              (WriteBatch batch, const CallOptions& options,
               WriteCallback done),
              (override));
  MOCK_METHOD(absl::StatusOr<Stats>, GetStats, (const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<Limits>, GetLimits, (const CallOptions& options),
              (override));
  MOCK_METHOD(absl::Status, Flush, (const CallOptions& options), (override));
  MOCK_METHOD(absl::Status, Compact,
              (const KeyRange& range, const CallOptions& options), (override));
  MOCK_METHOD(absl::StatusOr<VerifyProgress>, Verify,
              (const VerifyOptions& verify, const VerifyCallback& on_event,
               const CallOptions& options),
              (override));
  MOCK_METHOD(absl::StatusOr<HealthState>, Health, (const CallOptions& options),
              (override));
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_MOCKS_MOCK_CONNECTION_H_
