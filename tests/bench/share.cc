#include "tests/bench/share.h"

#include <algorithm>
#include <string>

namespace lsmkv::bench {
namespace {

constexpr uint64_t kHotDivisor = 100;

}  // namespace

Data::Data(const Workload& w, const BenchOptions& o)
    : workload(w),
      options(o),
      mode(w.synced ? WriteMode::kSynced : o.settings.write_mode),
      values(o.value_bytes, o.seed),
      permutation(o.num, o.seed) {
  if (w.order == Order::kZipf ||
      (w.order == Order::kDrawn && o.skew == Skew::kZipf)) {
    zipf.emplace(o.num);
  }
}

ThreadShare::ThreadShare(const Data* shared, Peer* store, int thread_number,
                         uint64_t first_op, uint64_t op_count)
    : data(shared),
      peer(store),
      thread(thread_number),
      first(first_op),
      count(op_count),
      keys(shared->options.key_shape, shared->options.key_bytes),
      latencies(std::make_unique<Histogram>()) {}

Random RandomOf(const ThreadShare& share) {
  uint64_t seed = share.data->options.seed;
  for (const char c : share.data->workload.name) {
    seed = Mix64(seed + static_cast<unsigned char>(c) + 1);
  }
  return Random(seed + static_cast<uint64_t>(share.thread));
}

RecordStream::RecordStream(const ThreadShare& share)
    : data_(*share.data),
      order_(data_.workload.order),
      hot_(std::max<uint64_t>(data_.options.num / kHotDivisor, 1)),
      next_(share.first),
      random_(RandomOf(share)) {}

uint64_t RecordStream::Next() {
  switch (order_) {
    case Order::kSequential:
      return next_++;
    case Order::kShuffled:
      return data_.permutation.At(next_++);
    case Order::kHot:
      return data_.permutation.At(random_.Below(hot_));
    case Order::kZipf:
    case Order::kDrawn:
      if (data_.zipf.has_value()) {
        // The popular records lie all over the store.
        return data_.permutation.At(data_.zipf->Rank(random_.Fraction()));
      }
      return random_.Below(data_.options.num);
  }
  return 0;
}

absl::Status Wrong(std::string_view key, std::string_view what) {
  return absl::DataLossError("key \"" + std::string(key) +
                             "\": " + std::string(what));
}

absl::Status ReadPresent(ThreadShare& share, PeerReader* reader,
                         uint64_t record) {
  const std::string_view key = share.keys.Present(record);
  const absl::StatusOr<Lookup> found = reader->Get(key);
  if (!found.ok()) return found.status();
  if (*found == Lookup::kMissing) return Wrong(key, "was put, is not found");
  if (!share.data->values.BelongsTo(record, reader->value())) {
    return Wrong(key, "has the value of another record");
  }
  return absl::OkStatus();
}

absl::Status ReadAbsent(std::string_view key, PeerReader* reader) {
  const absl::StatusOr<Lookup> found = reader->Get(key);
  if (!found.ok()) return found.status();
  if (*found == Lookup::kFound) return Wrong(key, "is found, must be absent");
  return absl::OkStatus();
}

}  // namespace lsmkv::bench
