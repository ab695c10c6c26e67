// Between the public types and the messages on the wire. Pure functions.

#ifndef LSMKV_CLIENT_SRC_CONVERT_H_
#define LSMKV_CLIENT_SRC_CONVERT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "lsmkv/client/types.h"
#include "lsmkv/v1/admin.pb.h"
#include "lsmkv/v1/kv.pb.h"

namespace lsmkv::client {

v1::Durability ToProto(Durability durability);
v1::KeyRange ToProto(const KeyRange& range);
v1::BatchWriteRequest ToProto(WriteBatch batch, Durability durability);
v1::ScanRequest ToPageRequest(const ScanOptions& scan, const PageOptions& page);
v1::StreamScanRequest ToStreamRequest(const ScanOptions& scan);

// These take their argument apart: no value is copied.
Value FromProto(v1::GetResponse&& response);
Record FromProto(v1::Record&& record);
Page FromProto(v1::ScanResponse&& response);
// INTERNAL if the server did not answer exactly `keys` keys.
absl::StatusOr<std::vector<std::optional<Value>>> FromProto(
    v1::BatchGetResponse&& response, size_t keys);

VerifyEvent FromProto(v1::VerifyResponse&& response);
Stats FromProto(const v1::GetStatsResponse& response);
Limits FromProto(const v1::GetLimitsResponse& response);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_CONVERT_H_
