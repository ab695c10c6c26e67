// The write path of DbImpl: checking, and the leader's work on a group.

#include <algorithm>
#include <utility>

#include "engine/src/db/db_impl.h"
#include "engine/src/db/write_controller.h"
#include "engine/src/format/batch.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/status.h"
#include "engine/src/util/thread.h"

namespace lsmkv::engine {
namespace {

// Delays shorter than this are saved up: a sleep costs more than it says.
constexpr uint64_t kSleepMicrosMin = 500;
constexpr uint64_t kSleepMicrosMax = 100'000;
// A batch must fit a log record.
constexpr size_t kBatchBytesMax = size_t{1} << 30;
// How long a stopped writer waits before it looks again for an error.
constexpr uint64_t kStopWaitMicros = 100'000;

size_t GroupBytes(const WriteGroup& group) {
  size_t bytes = 0;
  for (const PendingWrite* write : group) bytes += write->operations.size();
  return bytes;
}

}  // namespace

absl::Status DbImpl::CheckSizes(size_t key_bytes, size_t value_bytes) const {
  if (key_bytes > options_.key_bytes_max) {
    return InvalidArgument("the key has ", key_bytes, " bytes, more than ",
                           options_.key_bytes_max);
  }
  if (value_bytes > options_.value_bytes_max) {
    return InvalidArgument("the value has ", value_bytes, " bytes, more than ",
                           options_.value_bytes_max);
  }
  return absl::OkStatus();
}

absl::Status DbImpl::CheckBatch(std::string_view operations,
                                uint32_t count) const {
  if (count == 0) return InvalidArgument("the batch is empty");
  if (operations.size() > kBatchBytesMax) {
    return InvalidArgument("the batch has ", operations.size(),
                           " bytes, more than ", kBatchBytesMax);
  }
  BatchReader reader(operations);
  BatchOperation op;
  uint32_t counted = 0;
  while (reader.Next(&op)) {
    ++counted;
    const bool range = op.type == ValueType::kRangeDelete;
    if (op.key.empty()) return InvalidArgument("the key is empty");
    LSMKV_RETURN_IF_ERROR(
        range ? CheckSizes(std::max(op.key.size(), op.value.size()), 0)
              : CheckSizes(op.key.size(), op.value.size()));
    if (range && op.key >= op.value) {
      return InvalidArgument(
          "the range is empty: it does not begin before it "
          "ends");
    }
  }
  // What is logged must be readable again, come what may.
  if (reader.damaged() || counted != count) {
    return InvalidArgument("the batch is malformed: ", counted,
                           " operations, not ", count);
  }
  return absl::OkStatus();
}

absl::Status DbImpl::SetDurability(const WriteOptions& options,
                                   PendingWrite* write) const {
  const Durability durability =
      options.durability.value_or(options_.durability);
  if (durability != Durability::kOs && !options_.log_writes) {
    return InvalidArgument(
        "the store logs no writes: none can be durable when it is "
        "acknowledged");
  }
  write->sync = durability == Durability::kSync;
  write->sync_soon = durability == Durability::kInterval;
  return absl::OkStatus();
}

std::string_view DbImpl::PackValue(std::string_view operations, uint32_t count,
                                   std::string* buffer) {
  if (count != 1 || operations.size() < options_.value_separation_bytes ||
      !writers_pack_.load(std::memory_order_relaxed)) {
    return {};
  }
  // It may have caught up since the last write.
  if (!flush_is_busy_.load(std::memory_order_relaxed)) return {};
  BatchReader reader(operations);
  BatchOperation op;
  LSMKV_CHECK(reader.Next(&op));  // checked before
  if (op.type != ValueType::kPut || !packer_.Takes(op.value.size())) return {};
  return packer_.Pack(op.value, buffer);
}

absl::StatusOr<uint64_t> DbImpl::Write(const WriteOptions& options,
                                       std::string_view operations,
                                       uint32_t count) {
  LSMKV_RETURN_IF_ERROR(CheckBatch(operations, count));
  PendingWrite write;
  write.operations = operations;
  write.count = count;
  LSMKV_RETURN_IF_ERROR(SetDurability(options, &write));
  // Before the queue: each thread compresses its own.
  thread_local std::string packed;
  write.packed = PackValue(operations, count, &packed);
  queue_->Run(&write);
  if (!write.status.ok()) return write.status;
  return write.version;
}

void DbImpl::WriteAsync(const WriteOptions& options, WriteBatch batch,
                        WriteCallback done) {
  auto write = std::make_unique<PendingWrite>();
  absl::Status checked = CheckBatch(batch.encoded(), batch.count());
  if (checked.ok()) checked = SetDurability(options, write.get());
  if (!checked.ok()) {
    std::move(done)(checked);
    return;
  }
  write->batch = std::move(batch);
  write->operations = write->batch.encoded();
  write->count = write->batch.count();
  write->packed =
      PackValue(write->operations, write->count, &write->packed_value);
  write->done = std::move(done);
  // Neither the disk nor a stall may hold the caller.
  const bool may_block =
      write->sync || room_is_short_.load(std::memory_order_relaxed) ||
      write_rate_.load(std::memory_order_relaxed) != UINT64_MAX;
  queue_->Submit(std::move(write), may_block);
}

void DbImpl::Commit(const WriteGroup& group) {
  if (failed_.load(std::memory_order_acquire)) return RefuseGroup(group);
  const absl::Status status = CommitGroup(group);
  if (status.ok()) return;
  for (PendingWrite* write : group) write->status = status;
}

void DbImpl::RefuseGroup(const WriteGroup& group) {
  absl::Status status = background_error();
  if (closing_.load()) status = FailedPrecondition("the store is closed");
  for (PendingWrite* write : group) {
    write->status = write->resume && !closing_.load() ? Resume() : status;
  }
}

absl::Status DbImpl::CommitGroup(const WriteGroup& group) {
  if (closing_.load()) return FailedPrecondition("the store is closed");
  LSMKV_RETURN_IF_ERROR(MakeRoom(group));

  const SequenceNumber first = last_sequence_ + 1;
  SequenceNumber last = last_sequence_;
  bool sync = false;
  bool sync_soon = false;
  for (PendingWrite* write : group) {
    last += write->count;
    write->version = last;
    sync = sync || write->sync;
    sync_soon = sync_soon || write->sync_soon;
  }
  if (last > kSequenceMax) return Internal("out of sequence numbers");

  // The log first, then the sync, then the memtable: a write that fails is
  // never seen, and one that is seen never fails.
  absl::Status status;
  if (last >= first && options_.log_writes) {
    status = wals_->Append(group, first, sync || sync_soon);
  }
  if (status.ok() && sync && !LSMKV_BUG("acknowledged_before_sync")) {
    status = SyncLogs();
  }
  if (!status.ok()) {
    SetBackgroundError(status);
    return status;
  }
  if (sync_soon && !sync) WakeLogThread(&sync_wanted_);
  if (wals_->wants_drain()) WakeLogThread(&drain_wanted_);
  if (LSMKV_BUG("published_before_memtable")) {
    visible_sequence_.store(last, std::memory_order_release);
    env_->SleepMicros(1);
  }
  ApplyToMemTable(group, first);
  const bool pack = WritersShouldPack();
  // Loading first keeps the line shared between the threads that write.
  if (writers_pack_.load(std::memory_order_relaxed) != pack) {
    writers_pack_.store(pack, std::memory_order_relaxed);
  }
  // Where it waits to sync, waking it would have it sync at once.
  if (Arena::WantsReadyBlock() && !sync_wanted_.load()) {
    WakeLogThread(&memory_wanted_);
  }
  last_sequence_ = last;
  LSMKV_SCHEDULE_POINT("commit: applied");
  visible_sequence_.store(last, std::memory_order_release);

  counters_.commit_groups.fetch_add(1, std::memory_order_relaxed);
  counters_.writes.fetch_add(group.size(), std::memory_order_relaxed);
  if (sync) {
    counters_.group_commit_writes.Add(static_cast<double>(group.size()));
  }
  return absl::OkStatus();
}

void DbImpl::WakeLogThread(std::atomic<bool>* wanted) {
  if (wanted->exchange(true)) return;  // it is on its way
  MutexLock lock(&mu_);
  log_cv_.Signal();
}

absl::Status DbImpl::SyncLogs() {
  const uint64_t start = env_->MonotonicMicros();
  LSMKV_RETURN_IF_ERROR(wals_->Sync());
  counters_.wal_sync_seconds.Add(
      static_cast<double>(env_->MonotonicMicros() - start) / 1e6);
  counters_.wal_syncs.fetch_add(1, std::memory_order_relaxed);
  return absl::OkStatus();
}

void DbImpl::ApplyToMemTable(const WriteGroup& group, SequenceNumber first) {
  SequenceNumber sequence = first;
  for (const PendingWrite* write : group) {
    BatchReader reader(write->operations);
    BatchOperation op;
    for (uint32_t i = 0; i < write->count; ++i) {
      LSMKV_CHECK(reader.Next(&op));  // checked before it was taken
      if (!write->packed.empty()) {
        op.type = ValueType::kPutPacked;
        op.value = write->packed;
      }
      active_->Add(sequence++, op);
    }
  }
}

bool DbImpl::ShouldRotate(const WriteGroup& group) const {
  if (active_ == nullptr || MemtableIsFull()) return true;
  return !active_->empty() &&
         std::any_of(group.begin(), group.end(),
                     [](const PendingWrite* write) { return write->rotate; });
}

// A memtable that is flushed early takes less memory that is new to the
// process, which is dear: batches of 100 ascending keys are put 1.6 times as
// fast, values of 16 KiB 1.3 times.
bool DbImpl::MemtableIsFull() const {
  const size_t bytes = active_->bytes();
  if (bytes >= options_.memtable_bytes) return true;
  if (bytes < options_.memtable_bytes / 4) return false;
  const size_t large_bytes = options_.value_separation_bytes;
  const bool large =
      large_bytes > 0 && bytes >= active_->records() * large_bytes;
  if (large && bytes >= options_.memtable_bytes / 2) return true;
  // A small table costs little if it needs no merging, or has but references.
  return (large || active_->ascending()) &&
         flush_is_idle_.load(std::memory_order_relaxed);
}

// Writers who would soon wait for the flush thread take work off it. What is
// compressed for a key that is put again before its flush is compressed for
// nothing; so they begin late, but where keys ascend.
bool DbImpl::WritersShouldPack() const {
  if (active_->ascending()) {
    return flush_is_busy_.load(std::memory_order_relaxed);
  }
  return room_is_short_.load(std::memory_order_relaxed) &&
         active_->bytes() >= options_.memtable_bytes / 4;
}

absl::Status DbImpl::MakeRoom(const WriteGroup& group) {
  if (write_rate_.load(std::memory_order_relaxed) != UINT64_MAX) {
    DelayWrites(GroupBytes(group));
  }
  if (!ShouldRotate(group)) return absl::OkStatus();
  LSMKV_RETURN_IF_ERROR(WaitForRoom());
  absl::Status status = Rotate();
  if (!status.ok()) SetBackgroundError(status);
  return status;
}

void DbImpl::DelayWrites(uint64_t bytes) {
  const uint64_t rate = write_rate_.load(std::memory_order_relaxed);
  if (rate == UINT64_MAX || rate == 0) return;  // 0 waits in WaitForRoom
  delay_debt_micros_ += bytes * 1'000'000 / rate;
  if (delay_debt_micros_ < kSleepMicrosMin) return;
  const uint64_t micros = std::min(delay_debt_micros_, kSleepMicrosMax);
  delay_debt_micros_ -= micros;
  env_->SleepMicros(micros);
  counters_.write_delays.fetch_add(1, std::memory_order_relaxed);
  counters_.write_delay_micros.fetch_add(micros, std::memory_order_relaxed);
}

absl::Status DbImpl::WaitForRoom() {
  const uint64_t start = env_->MonotonicMicros();
  bool waited = false;
  MutexLock lock(&mu_);
  while (background_error_.ok() && MustWaitLocked()) {
    if (!compaction_error_.ok() && write_rate_.load() == 0) {
      return MakeStatus(
          compaction_error_.code(),
          "writes wait for compaction: ", compaction_error_.ToString());
    }
    waited = true;
    work_wanted_.SignalAll();
    progress_.WaitFor(&mu_, kStopWaitMicros);
  }
  if (waited) {
    counters_.write_stops.fetch_add(1, std::memory_order_relaxed);
    counters_.write_stop_micros.fetch_add(env_->MonotonicMicros() - start,
                                          std::memory_order_relaxed);
  }
  return background_error_;
}

bool DbImpl::MustWaitLocked() const {
  return !wals_->has_next() ||
         immutables_.size() + 1 >=
             static_cast<size_t>(options_.memtables_max) ||
         write_rate_.load(std::memory_order_relaxed) == 0;
}

void DbImpl::UpdateRoomLocked() {
  const bool must_wait = MustWaitLocked();
  room_is_short_.store(must_wait, std::memory_order_relaxed);
  flush_is_busy_.store(!immutables_.empty(), std::memory_order_relaxed);
  flush_is_idle_.store(
      !must_wait && immutables_.empty() &&
          options_.compaction_style == CompactionStyle::kLeveled &&
          version_->level(0).size() < static_cast<size_t>(options_.l0_trigger),
      std::memory_order_relaxed);
}

absl::Status DbImpl::Rotate() {
  LSMKV_ASSIGN_OR_RETURN(const uint64_t wal_number, wals_->Rotate());
  auto next = std::make_shared<MemTable>(wal_number, options_.memtable_bytes);
  const bool first = active_ == nullptr;  // memtable_ is an empty one
  active_ = next.get();
  MutexLock lock(&mu_);
  if (!first) immutables_.push_front(memtable_);
  memtable_ = std::move(next);
  PublishLocked();
  UpdateRoomLocked();
  work_wanted_.SignalAll();
  return absl::OkStatus();
}

}  // namespace lsmkv::engine
