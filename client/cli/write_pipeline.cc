#include "client/cli/write_pipeline.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lsmkv::cli {

WritePipeline::WritePipeline(client::Client client, PipelineOptions options)
    : client_(std::move(client)),
      options_(std::move(options)),
      shared_(std::make_shared<Shared>()),
      next_(std::make_shared<Batch>()) {}

WritePipeline::~WritePipeline() {
  while (!in_flight_.empty()) RetireOldest();
}

bool WritePipeline::IsInFlight(size_t key_hash) const {
  return std::any_of(in_flight_.begin(), in_flight_.end(),
                     [key_hash](const std::shared_ptr<Batch>& batch) {
                       return batch->key_hashes.count(key_hash) != 0;
                     });
}

absl::Status WritePipeline::Add(std::string key, std::string value,
                                uint64_t line) {
  if (!first_error_.ok()) return first_error_;
  const size_t record_bytes = key.size() + value.size();
  if (!next_->writes.empty() &&
      next_->writes.size_bytes() + record_bytes > options_.batch_bytes_max) {
    Send();
  }
  const size_t key_hash = std::hash<std::string_view>()(key);
  while (IsInFlight(key_hash)) RetireOldest();
  next_->key_hashes.insert(key_hash);
  next_->writes.Put(std::move(key), std::move(value));
  next_->last_line = line;
  ++next_->records;
  if (next_->writes.count() >= options_.batch_records_max) Send();
  return first_error_;
}

void WritePipeline::Send() {
  if (next_->writes.empty() || !first_error_.ok()) return;
  while (in_flight_.size() >= options_.in_flight_max) RetireOldest();
  RetireAnswered();
  if (!first_error_.ok()) return;
  const std::shared_ptr<Batch> batch =
      std::exchange(next_, std::make_shared<Batch>());
  in_flight_.push_back(batch);
  client_.AsyncWrite(
      std::move(batch->writes),
      [batch, shared = shared_](const absl::StatusOr<uint64_t>& version) {
        MutexLock lock(&shared->mu);
        batch->status = version.status();
        batch->done = true;
        shared->answered.SignalAll();
      },
      options_.call);
}

void WritePipeline::RetireOldest() {
  const std::shared_ptr<Batch> batch = in_flight_.front();
  in_flight_.pop_front();
  {
    MutexLock lock(&shared_->mu);
    while (!batch->done) shared_->answered.Wait(&shared_->mu);
  }
  // A later batch may be stored although an earlier one failed; "everything up
  // to here" then ends before the failure.
  if (!first_error_.ok()) return;
  if (!batch->status.ok()) {
    first_error_ = batch->status;
    return;
  }
  acknowledged_line_ = batch->last_line;
  acknowledged_records_ += batch->records;
  if (options_.on_acknowledged) {
    first_error_ = options_.on_acknowledged(acknowledged_line_);
  }
}

void WritePipeline::RetireAnswered() {
  while (!in_flight_.empty()) {
    {
      MutexLock lock(&shared_->mu);
      if (!in_flight_.front()->done) return;
    }
    RetireOldest();
  }
}

absl::Status WritePipeline::Finish() {
  Send();
  while (!in_flight_.empty()) RetireOldest();
  return first_error_;
}

PipelineOptions BoundedBy(PipelineOptions options,
                          const client::Limits& limits) {
  // A limit of 0 was not told.
  if (limits.batch_bytes_max != 0) {
    options.batch_bytes_max =
        std::min<size_t>(options.batch_bytes_max, limits.batch_bytes_max);
  }
  if (limits.batch_operations_max != 0) {
    options.batch_records_max = std::min<size_t>(options.batch_records_max,
                                                 limits.batch_operations_max);
  }
  return options;
}

}  // namespace lsmkv::cli
