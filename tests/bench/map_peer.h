// MapPeer: a std::map behind the Peer interface, which counts what is asked of
// it and can be made to lose records. For the tests of the benchmark itself.

#ifndef LSMKV_TESTS_BENCH_MAP_PEER_H_
#define LSMKV_TESTS_BENCH_MAP_PEER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"

#include "lsmkv/engine/mutex.h"
#include "tests/bench/peer.h"

namespace lsmkv::bench {

struct MapPeerCounts {
  uint64_t puts = 0;
  uint64_t synced_puts = 0;
  uint64_t gets = 0;
  uint64_t iterators = 0;
  std::set<std::string, std::less<>> keys_got;
};

class MapPeer final : public Peer {
 public:
  using Records = std::map<std::string, std::string, std::less<>>;

  absl::Status Put(std::string_view key, std::string_view value,
                   WriteMode mode) override;
  absl::Status Delete(std::string_view key, WriteMode mode) override;
  std::unique_ptr<PeerBatch> NewBatch() override;
  std::unique_ptr<PeerReader> NewReader() override;
  std::unique_ptr<PeerIterator> NewIterator() override;
  absl::Status WaitIdle() override { return absl::OkStatus(); }
  absl::Status CompactAll() override { return absl::OkStatus(); }
  absl::Status Close() override { return absl::OkStatus(); }

  // From now on every so-many-th put is acknowledged and forgotten; 0: none.
  void LoseEvery(uint64_t puts);
  MapPeerCounts TakeCounts();

  // For the readers.
  bool Find(std::string_view key, std::string* value);

 private:
  engine::Mutex mu_;
  Records records_ ABSL_GUARDED_BY(mu_);
  MapPeerCounts counts_ ABSL_GUARDED_BY(mu_);
  uint64_t lose_every_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace lsmkv::bench

#endif  // LSMKV_TESTS_BENCH_MAP_PEER_H_
