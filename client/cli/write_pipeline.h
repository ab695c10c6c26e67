// Many records into the store: batches, several of them in flight.
//
// Batches are acknowledged to the caller in the order of their records, so
// `acknowledged_line` says "everything up to here is stored". A record whose
// key is in a batch still in flight waits for that batch: of two records with
// one key the later one wins, as if they were written one by one.
//
// Threads: one thread uses it; answers arrive on threads of the client.

#ifndef LSMKV_CLIENT_CLI_WRITE_PIPELINE_H_
#define LSMKV_CLIENT_CLI_WRITE_PIPELINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/cli/mutex.h"
#include "lsmkv/client/client.h"

namespace lsmkv::cli {

struct PipelineOptions {
  size_t batch_bytes_max = size_t{1} << 20;
  size_t batch_records_max = 1000;
  size_t in_flight_max = 4;
  client::CallOptions call = {};
  // Called on the caller's thread after each acknowledged batch.
  std::function<absl::Status(uint64_t acknowledged_line)> on_acknowledged = {};
};

class WritePipeline {
 public:
  WritePipeline(client::Client client, PipelineOptions options);
  // Waits for what is in flight.
  ~WritePipeline();
  WritePipeline(const WritePipeline&) = delete;
  WritePipeline& operator=(const WritePipeline&) = delete;

  // Adds a record; `line` numbers never fall. May wait. Returns the first
  // error of any batch so far, after which nothing more is sent.
  absl::Status Add(std::string key, std::string value, uint64_t line);

  // Sends what is left and waits for everything; the first error.
  absl::Status Finish();

  // Every record up to this line is stored.
  uint64_t acknowledged_line() const { return acknowledged_line_; }
  uint64_t acknowledged_records() const { return acknowledged_records_; }

 private:
  // Written by the answer, read once `done`.
  struct Batch {
    client::WriteBatch writes;
    std::unordered_set<size_t> key_hashes;
    uint64_t last_line = 0;
    uint64_t records = 0;
    bool done = false;
    absl::Status status;
  };
  // Outlives the pipeline if an answer is late.
  struct Shared {
    Mutex mu;
    CondVar answered;
  };

  bool IsInFlight(size_t key_hash) const;
  void Send();
  // Waits for the oldest batch and takes note of its answer.
  void RetireOldest();
  void RetireAnswered();

  const client::Client client_;
  const PipelineOptions options_;
  const std::shared_ptr<Shared> shared_;
  std::shared_ptr<Batch> next_;
  std::deque<std::shared_ptr<Batch>> in_flight_;  // oldest first
  absl::Status first_error_;
  uint64_t acknowledged_line_ = 0;
  uint64_t acknowledged_records_ = 0;
};

// The batches the server takes: `options` bounded by its limits.
PipelineOptions BoundedBy(PipelineOptions options,
                          const client::Limits& limits);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_WRITE_PIPELINE_H_
