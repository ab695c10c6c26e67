// SequenceWriter: a client that writes a sequence of numbered keys, one call
// after the other, and knows at every moment what must be in the store.
//
// No key is written twice and no key is deleted twice, so that the writes of
// unknown outcome that a crash leaves behind can be told from what is found:
// each was applied whole or not at all. Once that was seen it is settled, and
// holds as for any other write.
//
// Threads: Run in one thread; the rest while Run waits for the server.

#ifndef LSMKV_TESTS_E2E_FAULT_SEQUENCE_WRITER_H_
#define LSMKV_TESTS_E2E_FAULT_SEQUENCE_WRITER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/client.h"
#include "tests/e2e/fault/live_server.h"
#include "tests/support/random_seed.h"

namespace lsmkv {

// What the writers of one store know of its versions.
struct VersionLedger {
  std::map<uint64_t, uint64_t> ranges;  // first -> last, of one write each
  uint64_t unseen = 0;  // writes that took a version nobody was told
};

// OK if the writes of the ledger took all versions up to `last`, each once:
// no write is missing before one that is there.
absl::Status CheckNoHoles(const VersionLedger& ledger, uint64_t last);

class SequenceWriter {
 public:
  struct Counts {
    uint64_t acknowledged = 0;
    uint64_t unknown_applied = 0;
    uint64_t unknown_dropped = 0;
  };

  SequenceWriter(int id, uint64_t seed);

  // Writes until the server is abandoned.
  void Run(LiveServer* server);

  // Settles what is unknown, then compares all that is found with all that
  // was written. REQUIRES: no call of this writer can still arrive.
  absl::Status Check(const client::Client& client, VersionLedger* ledger);

  const Counts& counts() const { return counts_; }

 private:
  struct Stored {
    std::string value;
    uint64_t version = 0;
  };
  // One call: a put, a delete, a range delete or a batch.
  struct Write {
    client::WriteBatch batch;
    bool is_batch = false;
    std::vector<std::pair<std::string, std::string>> puts;
    std::vector<std::string> deletes;
    uint64_t steps = 1;
  };
  using Contents = std::map<std::string, Stored>;

  Write Next();
  void AddPut(Write* write, const std::string& key);
  void AddDelete(Write* write);
  void AddDeleteRange(Write* write);
  static absl::StatusOr<uint64_t> Send(const client::Client& client,
                                       const Write& write);

  absl::StatusOr<Contents> ReadAll(const client::Client& client) const;
  absl::Status Settle(const Write& write, const Contents& found,
                      VersionLedger* ledger);
  void Apply(const Write& write, uint64_t version);
  absl::Status Compare(const Contents& found) const;

  const std::string prefix_;
  Random rng_;
  uint64_t number_ = 0;  // of the next write
  Contents stored_;
  std::vector<Write> unknown_;
  std::vector<std::pair<uint64_t, uint64_t>> taken_;  // first, last version
  absl::Status failure_;
  Counts counts_;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_E2E_FAULT_SEQUENCE_WRITER_H_
