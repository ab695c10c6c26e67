// The mixes of the Yahoo! Cloud Serving Benchmark (Cooper et al., 2010).

#include <algorithm>
#include <memory>
#include <string>

#include "tests/bench/operations.h"

namespace lsmkv::bench {
namespace {

constexpr uint64_t kScanRecordsMax = 100;
constexpr uint64_t kSalts = 1 << 15;
constexpr uint64_t kMixSeed = 0x6d69786573;  // apart from that of the records

// In percent; what is left of 100 are reads.
struct Mix {
  uint64_t updates = 0;
  uint64_t read_modify_writes = 0;
  uint64_t insertions = 0;
  uint64_t scans = 0;
  bool latest = false;  // the records put last are the popular ones
};

class MixRunner {
 public:
  MixRunner(ThreadShare* share, const Mix& mix)
      : share_(*share),
        mix_(mix),
        random_(Mix64(RandomOf(*share).Next() + kMixSeed)),
        records_(*share),
        reader_(share->peer->NewReader()) {}

  absl::Status Run() {
    OpTimer timer(&share_);
    for (; share_.ops < share_.count; ++share_.ops) {
      const absl::Status status = Operation();
      if (!status.ok()) return status;
      timer.Done();
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Operation() {
    uint64_t dice = random_.Below(100);
    const auto falls_to = [&dice](uint64_t percent) {
      if (dice < percent) return true;
      dice -= percent;
      return false;
    };
    if (falls_to(mix_.insertions)) return Insert();
    const uint64_t record = mix_.latest ? LatestRecord() : records_.Next();
    if (falls_to(mix_.updates)) return Update(record);
    if (falls_to(mix_.scans)) return Scan(record);
    const bool writes_too = falls_to(mix_.read_modify_writes);
    const absl::Status read = ReadPresent(share_, reader_.get(), record);
    return read.ok() && writes_too ? Update(record) : read;
  }

  absl::Status Put(uint64_t record, uint64_t salt) {
    share_.data->values.Make(record, salt, &value_);
    ++share_.puts;
    return share_.peer->Put(share_.keys.Present(record), value_,
                            share_.data->mode);
  }
  absl::Status Update(uint64_t record) {
    return Put(record, kOverwriteSalt + share_.ops % kSalts);
  }
  absl::Status Insert() {
    const absl::Status status = Put(FirstNew() + inserted_, kLoadSalt);
    ++inserted_;
    return status;
  }

  // Each thread inserts records of its own, and draws its latest among those
  // and the ones loaded: it never waits for another's.
  uint64_t FirstNew() const { return share_.data->options.num + share_.first; }
  uint64_t LatestRecord() {
    const uint64_t age = share_.data->zipf->Rank(random_.Fraction());
    return age < inserted_ ? FirstNew() + inserted_ - 1 - age
                           : share_.data->options.num - 1 - (age - inserted_);
  }

  // An iterator of its own sees what was inserted before.
  absl::Status Scan(uint64_t record) {
    const std::unique_ptr<PeerIterator> it = share_.peer->NewIterator();
    const std::string_view key = share_.keys.Present(record);
    it->Seek(key);
    if (!it->Valid() || it->key() != key) {
      return it->status().ok() ? Wrong(key, "a scan does not begin there")
                               : it->status();
    }
    const uint64_t records = 1 + random_.Below(kScanRecordsMax);
    uint64_t bytes = 0;
    uint64_t met = 0;
    for (; met < records && it->Valid(); ++met, it->Next()) {
      bytes += it->key().size() + it->value().size();
    }
    const uint64_t record_bytes =
        share_.data->options.key_bytes + share_.data->options.value_bytes;
    if (bytes != met * record_bytes) return Wrong(key, "a scan met others");
    return it->status();
  }

  ThreadShare& share_;
  const Mix mix_;
  Random random_;
  RecordStream records_;
  const std::unique_ptr<PeerReader> reader_;
  std::string value_;
  uint64_t inserted_ = 0;
};

}  // namespace

absl::Status YcsbA(ThreadShare& share) {
  return MixRunner(&share, {.updates = 50}).Run();
}

absl::Status YcsbB(ThreadShare& share) {
  return MixRunner(&share, {.updates = 5}).Run();
}

absl::Status YcsbD(ThreadShare& share) {
  return MixRunner(&share, {.insertions = 5, .latest = true}).Run();
}

absl::Status YcsbE(ThreadShare& share) {
  return MixRunner(&share, {.insertions = 5, .scans = 95}).Run();
}

absl::Status YcsbF(ThreadShare& share) {
  return MixRunner(&share, {.read_modify_writes = 50}).Run();
}

}  // namespace lsmkv::bench
