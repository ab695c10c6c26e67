#include "tests/engine/sim/client.h"

#include <algorithm>
#include <utility>

#include "engine/src/util/status.h"
#include "lsmkv/engine/write_batch.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kHeldMax = 3;
constexpr int kFailuresMax = 4;
constexpr uint64_t kRetryMicrosMax = 400'000;
constexpr uint64_t kPauseMicrosMax = 50'000;

WriteBatch ToBatch(const std::vector<std::string>& keys,
                   const std::vector<WriteStep>& steps) {
  WriteBatch batch;
  for (const WriteStep& step : steps) {
    if (step.value) {
      batch.Put(keys[step.begin], *step.value);
    } else if (step.end > step.begin) {
      // Past the last key there is room for the end of a range.
      batch.DeleteRange(keys[step.begin], step.end < keys.size()
                                              ? keys[step.end]
                                              : keys.back() + "x");
    } else {
      batch.Delete(keys[step.begin]);
    }
  }
  return batch;
}

}  // namespace

bool World::Expect(const char* what, const absl::Status& status) {
  if (status.ok()) return true;
  if (!errors_expected) Fail(Concat(what, ": ", status.ToString()));
  return false;
}

void World::Settle(WriteRecord* write, const absl::StatusOr<uint64_t>& result,
                   Durability asked) {
  if (absl::IsResourceExhausted(result.status())) full = true;
  if (Expect("write", result.status())) {
    if (std::exchange(full, false)) ++resumed;
    history->Acknowledge(write, *result, asked == Durability::kSync);
    if (asked == Durability::kInterval) {
      durable_soon = std::max(durable_soon, *result);
    }
  } else {
    history->Fail(write);
  }
}

absl::Status Scan(const World& world, Iterator* iterator, ReadRecord* read) {
  const std::vector<std::string>& keys = *world.keys;
  if (read->backwards) {
    iterator->SeekToLast();
  } else {
    iterator->SeekToFirst();
  }
  while (iterator->Valid() && read->seen.size() < read->limit) {
    const auto at = std::lower_bound(keys.begin(), keys.end(), iterator->key());
    if (at == keys.end() || *at != iterator->key()) {
      return Internal("a key that nobody wrote: ", iterator->key());
    }
    read->seen.push_back({static_cast<size_t>(at - keys.begin()),
                          iterator->version(), std::string(iterator->value())});
    if (read->backwards) {
      iterator->Prev();
    } else {
      iterator->Next();
    }
  }
  return iterator->status();
}

void Client::Run(uint64_t operations) {
  for (uint64_t i = 0; i < operations && failures_ < kFailuresMax; ++i) {
    if (!world_->failure.empty()) break;
    ++world_->operations;
    Operate();
  }
  iterators_.clear();
  snapshots_.clear();
}

void Client::Operate() {
  const uint64_t kind = rng_.Uniform(100);
  if (kind < 12) {
    WriteAsync(RandomSteps(), RandomOptions());
  } else if (kind < 58) {
    // A disk that is full may have room again a little later.
    if (!Write()) world_->env->SleepMicros(rng_.Uniform(kRetryMicrosMax));
  } else if (kind < 87) {
    Read();
  } else if (kind < 91) {
    HoldSnapshot();
  } else if (kind < 95) {
    HoldIterator();
  } else if (kind < 98) {
    Maintain();
  } else {
    world_->env->SleepMicros(rng_.Uniform(kPauseMicrosMax));
  }
}

std::string Client::RandomValue() {
  const uint64_t size = rng_.OneIn(3) ? rng_.Uniform(3000) : rng_.Uniform(80);
  const std::string filler =
      rng_.OneIn(2) ? rng_.Bytes(size) : std::string(size, 'x');
  return Concat("v", ++world_->values, ":", filler);
}

WriteStep Client::RandomStep() {
  const size_t keys = world_->keys->size();
  WriteStep step;
  step.begin = rng_.Uniform(keys);
  const uint64_t kind = rng_.Uniform(100);
  if (kind < 72) {
    step.value = RandomValue();
  } else if (kind > 95) {
    step.end = std::min(keys, step.begin + 1 + rng_.Uniform(keys / 2));
  }
  return step;
}

std::vector<WriteStep> Client::RandomSteps() {
  std::vector<WriteStep> steps(rng_.OneIn(5) ? 1 + rng_.Uniform(6) : 1);
  for (WriteStep& step : steps) step = RandomStep();
  return steps;
}

bool Client::Write() { return WriteNow(RandomSteps(), RandomOptions()); }

WriteOptions Client::RandomOptions() {
  WriteOptions options;
  if (rng_.OneIn(3)) {
    options.durability = static_cast<Durability>(rng_.Uniform(3));
  }
  return options;
}

bool Client::WriteNow(std::vector<WriteStep> steps, WriteOptions options) {
  DB* const db = world_->db;
  WriteRecord& write = world_->history->BeginWrite(std::move(steps));
  const WriteStep& step = write.steps.front();
  absl::StatusOr<uint64_t> result = uint64_t{0};
  if (write.steps.size() > 1 || step.end > step.begin) {
    result = db->Write(options, ToBatch(*world_->keys, write.steps));
  } else if (step.value) {
    result = db->Put(options, key(step.begin), *step.value);
  } else {
    result = db->Delete(options, key(step.begin));
  }
  world_->Settle(&write, result,
                 options.durability.value_or(world_->durability));
  failures_ = result.ok() ? 0 : failures_ + 1;
  return result.ok();
}

void Client::WriteAsync(std::vector<WriteStep> steps, WriteOptions options) {
  WriteRecord& write = world_->history->BeginWrite(std::move(steps));
  ++world_->async_under_way;
  // The callback outlives this client, not its world.
  World* const world = world_;
  const Durability durability = options.durability.value_or(world->durability);
  world->db->WriteAsync(
      options, ToBatch(*world->keys, write.steps),
      [world, &write, durability](absl::StatusOr<uint64_t> result) {
        --world->async_under_way;
        world->Settle(&write, result, durability);
      });
}

ReadRecord Client::BeginRead(ReadOptions* options) {
  const size_t keys = world_->keys->size();
  ReadRecord read = world_->history->BeginRead();
  read.begin = rng_.OneIn(2) ? 0 : rng_.Uniform(keys);
  read.end = rng_.OneIn(2) ? keys : rng_.Between(read.begin + 1, keys);
  read.backwards = rng_.OneIn(2);
  read.limit = rng_.OneIn(2) ? keys : 1 + rng_.Uniform(5);
  options->lower_bound = read.begin == 0 ? "" : key(read.begin);
  options->upper_bound = read.end == keys ? "" : key(read.end);
  options->fill_cache = rng_.OneIn(2);
  if (!snapshots_.empty() && rng_.OneIn(2)) {
    options->snapshot = snapshots_[rng_.Uniform(snapshots_.size())].get();
    read.snapshot = options->snapshot->version();
  }
  return read;
}

void Client::Read() {
  ReadOptions options;
  ReadRecord read = BeginRead(&options);
  if (rng_.OneIn(3)) {
    const auto iterator = world_->db->NewIterator(options);
    read.failed = !world_->Expect("scan", Scan(*world_, iterator.get(), &read));
  } else {
    read.end = read.begin + 1;
    read.backwards = false;
    PinnedValue value;
    const absl::Status status =
        world_->db->Get(options, key(read.begin), &value);
    if (status.ok()) {
      read.seen.push_back(
          {read.begin, value.version(), std::string(value.view())});
    } else if (!absl::IsNotFound(status)) {
      read.failed = !world_->Expect("get", status);
    }
  }
  world_->history->EndRead(std::move(read));
}

void Client::HoldSnapshot() {
  if (snapshots_.size() == kHeldMax) {
    // An iterator keeps what it needs itself.
    snapshots_.erase(snapshots_.begin() +
                     static_cast<ptrdiff_t>(rng_.Uniform(kHeldMax)));
    return;
  }
  const uint64_t floor = world_->history->floor();
  snapshots_.push_back(world_->db->GetSnapshot());
  const uint64_t version = snapshots_.back()->version();
  if (version < floor) {
    world_->Fail(Concat("a snapshot of version ", version, " though ", floor,
                        " was visible"));
  }
  world_->history->SawVersion(version);
}

void Client::HoldIterator() {
  if (iterators_.size() == kHeldMax) {
    HeldIterator held = std::move(iterators_.front());
    iterators_.erase(iterators_.begin());
    held.read.failed =
        !world_->Expect("scan", Scan(*world_, held.iterator.get(), &held.read));
    world_->history->EndRead(std::move(held.read));
    return;
  }
  ReadOptions options;
  HeldIterator held{nullptr, BeginRead(&options)};
  held.iterator = world_->db->NewIterator(options);
  held.read.writes_begun = world_->history->writes_begun();
  iterators_.push_back(std::move(held));
}

void Client::Maintain() {
  DB* const db = world_->db;
  const uint64_t acknowledged = world_->history->acknowledged();
  const uint64_t kind = rng_.Uniform(10);
  if (kind < 4) {
    const bool flush = kind < 2;
    const absl::Status status = flush ? db->Flush() : db->SyncWal();
    if (world_->Expect(flush ? "flush" : "sync", status)) {
      world_->history->MakeDurable(acknowledged);
    }
  } else if (kind < 6) {
    const size_t begin = rng_.Uniform(world_->keys->size());
    const size_t end = rng_.Between(begin, world_->keys->size() - 1);
    world_->Expect("compact", rng_.OneIn(2)
                                  ? db->CompactRange(std::nullopt, std::nullopt)
                                  : db->CompactRange(key(begin), key(end)));
  } else if (kind < 7) {
    world_->Expect("wait", db->WaitForIdle());
  } else if (db->GetStats().last_version < acknowledged) {
    world_->Fail("statistics older than an acknowledged write");
  }
}

}  // namespace lsmkv::engine
