// Between the protobuf messages and the words of the core. Nothing is checked
// here but what only the wire can get wrong.

#ifndef LSMKV_SERVICE_GRPC_MESSAGES_H_
#define LSMKV_SERVICE_GRPC_MESSAGES_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "lsmkv/engine/stats.h"
#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"
#include "service/core/types.h"
#include "service/core/verify_stream.h"

namespace lsmkv::service {

// INVALID_ARGUMENT (INVALID_DURABILITY) for a number that is not defined.
absl::StatusOr<Durability> DurabilityOf(v1::Durability durability);
RangeSpec RangeOf(const v1::KeyRange& range);

absl::StatusOr<WriteRequest> WriteOf(const v1::PutRequest& request);
absl::StatusOr<WriteRequest> WriteOf(const v1::DeleteRequest& request);
// INVALID_ARGUMENT (INVALID_OPERATION) where an operation is of no kind.
absl::StatusOr<WriteRequest> WriteOf(const v1::BatchWriteRequest& request);
ScanRequest ScanOf(const v1::ScanRequest& request);
ScanRequest ScanOf(const v1::StreamScanRequest& request);

// Moves the record's bytes.
void FillRecord(Record record, v1::Record* out);
void FillVerify(const VerifyEvent& event, v1::VerifyResponse* out);
void FillLimits(const Limits& limits, v1::GetLimitsResponse* out);

// What only the server knows of itself.
struct ServerInfo {
  std::string version;
  std::chrono::steady_clock::time_point started =
      std::chrono::steady_clock::now();
};
void FillStats(const engine::Stats& stats, const ServerInfo& server,
               v1::GetStatsResponse* out);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_GRPC_MESSAGES_H_
