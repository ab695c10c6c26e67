#include <memory>
#include <string>

#include "tests/bench/operations.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kSeekNexts = 10;

absl::Status Walk(ThreadShare& share, bool forward) {
  const uint64_t num = share.data->options.num;
  const std::unique_ptr<PeerIterator> it = share.peer->NewIterator();
  uint64_t value_bytes = 0;
  for (forward ? it->SeekToFirst() : it->SeekToLast(); it->Valid();
       forward ? it->Next() : it->Prev()) {
    value_bytes += it->value().size();
    ++share.ops;
  }
  if (!it->status().ok()) return it->status();
  if (share.ops != num ||
      value_bytes != num * share.data->options.value_bytes) {
    return absl::DataLossError("a walk met " + std::to_string(share.ops) +
                               " records with " + std::to_string(value_bytes) +
                               " bytes of values, there are " +
                               std::to_string(num));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadRandom(ThreadShare& share) {
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  RecordStream records(share);
  OpTimer timer(&share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status =
        ReadPresent(share, reader.get(), records.Next());
    if (!status.ok()) return status;
    timer.Done();
  }
  return absl::OkStatus();
}

absl::Status ReadMissing(ThreadShare& share) {
  const std::unique_ptr<PeerReader> reader = share.peer->NewReader();
  RecordStream records(share);
  OpTimer timer(&share);
  for (; share.ops < share.count; ++share.ops) {
    const absl::Status status =
        ReadAbsent(share.keys.Absent(records.Next()), reader.get());
    if (!status.ok()) return status;
    timer.Done();
  }
  return absl::OkStatus();
}

absl::Status ReadForward(ThreadShare& share) { return Walk(share, true); }
absl::Status ReadBackward(ThreadShare& share) { return Walk(share, false); }

absl::Status SeekRandom(ThreadShare& share) {
  const std::unique_ptr<PeerIterator> it = share.peer->NewIterator();
  RecordStream records(share);
  OpTimer timer(&share);
  for (; share.ops < share.count; ++share.ops) {
    const uint64_t record = records.Next();
    const std::string_view key = share.keys.Present(record);
    it->Seek(key);
    if (!it->Valid() || it->key() != key) {
      return it->status().ok() ? Wrong(key, "a seek does not stop there")
                               : it->status();
    }
    if (!share.data->values.BelongsTo(record, it->value())) {
      return Wrong(key, "has the value of another record");
    }
    for (uint64_t i = 0; i < kSeekNexts && it->Valid(); ++i) it->Next();
    timer.Done();
  }
  return it->status();
}

}  // namespace lsmkv::bench
