// ScanSource: the records of one StreamScan, chunk by chunk.
//
// Starts at the first Next, retries until the first chunk is there, never
// after. Holds one chunk. Destroying it cancels a stream that has not ended.

#ifndef LSMKV_CLIENT_SRC_SCAN_SOURCE_H_
#define LSMKV_CLIENT_SRC_SCAN_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/src/clock.h"
#include "client/src/idempotency.h"
#include "client/src/stub.h"
#include "lsmkv/client/scan.h"

namespace lsmkv::client {

class ScanSource : public RecordSource {
 public:
  // `clock` must outlive it.
  ScanSource(std::shared_ptr<Stub> stub, Clock* clock, CallSettings settings,
             v1::StreamScanRequest request);
  ~ScanSource() override;

  absl::StatusOr<std::optional<Record>> Next() override;
  uint64_t snapshot_version() const override { return snapshot_version_; }

 private:
  // Opens the stream and reads its first chunk.
  absl::Status Start();
  // Reads the next chunk; ends the stream, with its status, if there is none.
  absl::Status ReadChunk();

  const std::shared_ptr<Stub> stub_;
  Clock* const clock_;
  CallSettings settings_;
  const v1::StreamScanRequest request_;
  bool started_ = false;
  std::unique_ptr<ScanStream> stream_;  // null before the start, after the end
  v1::StreamScanResponse chunk_;
  int next_in_chunk_ = 0;
  uint64_t snapshot_version_ = 0;
};

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_SCAN_SOURCE_H_
