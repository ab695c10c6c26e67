#include "tests/bench/map_peer.h"

#include <utility>
#include <vector>

namespace lsmkv::bench {
namespace {

class MapReader final : public PeerReader {
 public:
  explicit MapReader(MapPeer* peer) : peer_(*peer) {}
  absl::StatusOr<Lookup> Get(std::string_view key) override {
    return peer_.Find(key, &value_) ? Lookup::kFound : Lookup::kMissing;
  }
  std::string_view value() const override { return value_; }

 private:
  MapPeer& peer_;
  std::string value_;
};

class MapBatch final : public PeerBatch {
 public:
  explicit MapBatch(MapPeer* peer) : peer_(*peer) {}
  void Put(std::string_view key, std::string_view value) override {
    puts_.emplace_back(key, value);
  }
  absl::Status Commit(WriteMode mode) override {
    for (const auto& [key, value] : puts_) {
      const absl::Status status = peer_.Put(key, value, mode);
      if (!status.ok()) return status;
    }
    puts_.clear();
    return absl::OkStatus();
  }

 private:
  MapPeer& peer_;
  std::vector<std::pair<std::string, std::string>> puts_;
};

// Over a copy: sees nothing that is put later.
class MapIterator final : public PeerIterator {
 public:
  explicit MapIterator(MapPeer::Records records)
      : records_(std::move(records)), at_(records_.end()) {}
  bool Valid() const override { return at_ != records_.end(); }
  void SeekToFirst() override { at_ = records_.begin(); }
  void SeekToLast() override {
    at_ = records_.empty() ? records_.end() : std::prev(records_.end());
  }
  void Seek(std::string_view key) override { at_ = records_.lower_bound(key); }
  void Next() override { ++at_; }
  void Prev() override {
    at_ = at_ == records_.begin() ? records_.end() : std::prev(at_);
  }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  absl::Status status() const override { return absl::OkStatus(); }

 private:
  const MapPeer::Records records_;
  MapPeer::Records::const_iterator at_;
};

}  // namespace

absl::Status MapPeer::Put(std::string_view key, std::string_view value,
                          WriteMode mode) {
  engine::MutexLock lock(&mu_);
  ++counts_.puts;
  if (mode == WriteMode::kSynced) ++counts_.synced_puts;
  if (lose_every_ > 0 && counts_.puts % lose_every_ == 0) {
    return absl::OkStatus();
  }
  records_.insert_or_assign(std::string(key), std::string(value));
  return absl::OkStatus();
}

absl::Status MapPeer::Delete(std::string_view key, WriteMode /*mode*/) {
  engine::MutexLock lock(&mu_);
  const auto found = records_.find(key);
  if (found != records_.end()) records_.erase(found);
  return absl::OkStatus();
}

std::unique_ptr<PeerBatch> MapPeer::NewBatch() {
  return std::make_unique<MapBatch>(this);
}

std::unique_ptr<PeerReader> MapPeer::NewReader() {
  return std::make_unique<MapReader>(this);
}

std::unique_ptr<PeerIterator> MapPeer::NewIterator() {
  engine::MutexLock lock(&mu_);
  ++counts_.iterators;
  return std::make_unique<MapIterator>(records_);
}

void MapPeer::LoseEvery(uint64_t puts) {
  engine::MutexLock lock(&mu_);
  lose_every_ = puts;
}

MapPeerCounts MapPeer::TakeCounts() {
  engine::MutexLock lock(&mu_);
  return std::exchange(counts_, {});
}

bool MapPeer::Find(std::string_view key, std::string* value) {
  engine::MutexLock lock(&mu_);
  ++counts_.gets;
  counts_.keys_got.emplace(key);
  const auto found = records_.find(key);
  if (found == records_.end()) return false;
  *value = found->second;
  return true;
}

}  // namespace lsmkv::bench
