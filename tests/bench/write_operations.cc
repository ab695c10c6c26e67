#include <algorithm>
#include <memory>
#include <string>

#include "tests/bench/operations.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kBatchRecords = 100;

absl::Status PutAll(ThreadShare& share, uint64_t salt) {
  const WriteMode mode = share.data->mode;
  RecordStream records(share);
  std::string value;
  OpTimer timer(&share);
  for (; share.ops < share.count; ++share.ops) {
    const uint64_t record = records.Next();
    share.data->values.Make(record, salt, &value);
    const absl::Status status =
        share.peer->Put(share.keys.Present(record), value, mode);
    if (!status.ok()) return status;
    timer.Done();
  }
  share.puts = share.ops;
  return absl::OkStatus();
}

}  // namespace

absl::Status Fill(ThreadShare& share) { return PutAll(share, kLoadSalt); }

absl::Status FillInFlight(ThreadShare& share) {
  const std::unique_ptr<PeerPipeline> pipeline = share.peer->NewPipeline(
      share.data->workload.threads, share.latencies.get());
  if (pipeline == nullptr) return Fill(share);
  RecordStream records(share);
  std::string value;
  for (; share.ops < share.count; ++share.ops) {
    const uint64_t record = records.Next();
    share.data->values.Make(record, kLoadSalt, &value);
    const absl::Status status =
        pipeline->Put(share.keys.Present(record), value, share.data->mode);
    if (!status.ok()) return status;
  }
  share.puts = share.ops;
  return pipeline->Drain();
}

absl::Status Overwrite(ThreadShare& share) {
  return PutAll(share, kOverwriteSalt);
}

absl::Status FillBatches(ThreadShare& share) {
  const std::unique_ptr<PeerBatch> batch = share.peer->NewBatch();
  RecordStream records(share);
  std::string value;
  while (share.ops < share.count) {
    const uint64_t size = std::min(kBatchRecords, share.count - share.ops);
    for (uint64_t i = 0; i < size; ++i) {
      const uint64_t record = records.Next();
      share.data->values.Make(record, kLoadSalt, &value);
      batch->Put(share.keys.Present(record), value);
    }
    const absl::Status status = batch->Commit(share.data->mode);
    if (!status.ok()) return status;
    share.ops += size;
  }
  share.puts = share.ops;
  return absl::OkStatus();
}

absl::Status DeleteAll(ThreadShare& share) {
  RecordStream records(share);
  OpTimer timer(&share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status = share.peer->Delete(
        share.keys.Present(records.Next()), share.data->mode);
    if (!status.ok()) return status;
    timer.Done();
  }
  return absl::OkStatus();
}

}  // namespace lsmkv::bench
