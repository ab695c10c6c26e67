#include "engine/src/db/db_impl.h"

#include <algorithm>
#include <utility>

#include "engine/src/compaction/value_collector.h"
#include "engine/src/db/recovery.h"
#include "engine/src/format/file_names.h"
#include "engine/src/util/epoch.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

// How long a caller of Flush or WaitForIdle sleeps between two looks.
constexpr uint64_t kWaitMicros = 100'000;

// At most 0.8 % of the log. With 32 slots a writer that fills one in 0.1 ms
// seldom has to drain one by itself, even where whoever does it waits for a
// CPU; 128 made no difference.
uint32_t StageBytes(uint64_t memtable_bytes) {
  const uint64_t slots =
      std::clamp<uint64_t>(memtable_bytes / 128 / kLogStageSlotBytes, 2, 32);
  return static_cast<uint32_t>(slots) * kLogStageSlotBytes;
}

WalSet::Config WalConfig(const Options& options) {
  WalSet::Config config;
  config.append = options.log_writes;
  config.writer.compress = options.compress_wal;
  // A log that is to be synced again and again has no use for a stage.
  if (options.compress_wal && options.durability == Durability::kOs &&
      options.log_writes) {
    config.writer.stage_bytes = StageBytes(options.memtable_bytes);
  }
  // A log is reserved a little larger than its memtable, so that it seldom
  // grows past it.
  if (options.log_writes) {
    config.writer.preallocate_bytes =
        std::min<uint64_t>(options.memtable_bytes, 128 << 20) / 8 * 9;
    config.reuse =
        options.durability == Durability::kOs && options.wal_keep_bytes == 0;
  }
  return config;
}

// A value file takes what the writer made only if both compress alike.
size_t PackedBytesMin(const Options& options) {
  return options.compression == Compression::kLz4
             ? options.value_separation_bytes
             : 0;
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

DbImpl::DbImpl(const Options& options, std::string dir, Held held)
    : options_(options),
      dir_(std::move(dir)),
      env_(options.env),
      context_{env_, dir_, &options_, &versions_},
      held_(std::move(held)),
      versions_(env_, dir_, held_.cache.get(), &table_counters_,
                options_.read_around_bytes),
      packer_(PackedBytesMin(options)) {}

absl::StatusOr<std::unique_ptr<DbImpl>> DbImpl::Open(const Options& given,
                                                     const std::string& path) {
  Options options = given;
  if (options.env == nullptr) options.env = Env::Posix();
  LSMKV_RETURN_IF_ERROR(options.Validate());
  if (path.empty()) return InvalidArgument("the path of the store is empty");
  std::string dir = path;
  while (dir.size() > 1 && dir.back() == '/') dir.pop_back();

  LSMKV_ASSIGN_OR_RETURN(bool exists,
                         options.env->FileExists(CurrentPath(dir)));
  if (!exists && !options.create_if_missing) {
    return FailedPrecondition(dir, ": there is no store (CURRENT is missing)");
  }
  if (exists && options.error_if_exists) {
    return FailedPrecondition(dir, ": there is a store already");
  }
  if (!exists) {
    LSMKV_RETURN_IF_ERROR(options.env->CreateDir(dir));
    LSMKV_RETURN_IF_ERROR(options.env->SyncDir(ParentOf(dir)));
  }
  Held held;
  LSMKV_ASSIGN_OR_RETURN(held.lock, options.env->LockFile(LockPath(dir)));
  // Another process may have created it before we had the lock.
  LSMKV_ASSIGN_OR_RETURN(exists, options.env->FileExists(CurrentPath(dir)));
  held.cache = options.block_cache != nullptr
                   ? options.block_cache
                   : NewBlockCache(options.block_cache_bytes);
  std::unique_ptr<DbImpl> db(
      new DbImpl(options, std::move(dir), std::move(held)));
  LSMKV_RETURN_IF_ERROR(db->Recover(exists));
  LSMKV_RETURN_IF_ERROR(db->StartThreads());
  return db;
}

absl::Status DbImpl::CheckForeignFiles() const {
  LSMKV_ASSIGN_OR_RETURN(std::vector<std::string> names, env_->ListDir(dir_));
  for (const std::string& name : names) {
    const FileKind kind = ParseFileName(name).kind;
    if (kind == FileKind::kTable || kind == FileKind::kValues ||
        kind == FileKind::kWal) {
      return DataLoss(CurrentPath(dir_), 0, "it is missing, but ", name,
                      " of a store is there");
    }
  }
  return absl::OkStatus();
}

absl::Status DbImpl::Recover(bool exists) {
  RecoveryResult recovered;
  if (exists) {
    LSMKV_RETURN_IF_ERROR(versions_.Recover());
  } else {
    LSMKV_RETURN_IF_ERROR(CheckForeignFiles());
    versions_.InitEmpty();
  }
  // Files that a crash left behind keep their names until they are removed.
  LSMKV_ASSIGN_OR_RETURN(std::vector<std::string> names, env_->ListDir(dir_));
  for (const std::string& name : names) {
    versions_.SkipFileNumber(ParseFileName(name).number);
  }
  if (exists) LSMKV_RETURN_IF_ERROR(CheckManifestIsWhole(context_, names));
  LSMKV_ASSIGN_OR_RETURN(recovered, ReplayLogs(context_));
  last_sequence_ = recovered.last_sequence;
  visible_sequence_.store(last_sequence_);
  wals_ =
      std::make_unique<WalSet>(env_, dir_, WalConfig(options_), last_sequence_);
  opening_edit_ = std::move(recovered.edit);
  {
    MutexLock lock(&mu_);
    memtable_ = std::make_shared<MemTable>(/*wal_number=*/0, /*limit_bytes=*/0);
  }
  // What is read must be durable before, but of a store that was closed it is,
  // and the new MANIFEST and log are for who writes: the flush thread makes
  // them. With their seven syncs opening took 38 ms in place of 5 (medians, on
  // a busy machine).
  if (!recovered.closed_empty) {
    LSMKV_RETURN_IF_ERROR(Begin());
    LSMKV_RETURN_IF_ERROR(PrepareNextWal());
    LSMKV_RETURN_IF_ERROR(Rotate());
  }
  {
    MutexLock lock(&mu_);
    InstallVersionLocked(versions_.current());
    recovered_records_ = recovered.records;
    recovery_cut_bytes_ = recovered.cut_bytes;
  }
  queue_ = std::make_unique<WriteQueue>(
      [this](const WriteGroup& group) { Commit(group); });
  Log(recovered.cut_bytes > 0 ? LogLevel::kWarn : LogLevel::kInfo,
      Concat("open_end dir=", dir_, " created=", exists ? 0 : 1,
             " replayed_records=", recovered.records, " cut_bytes=",
             recovered.cut_bytes, " last_version=", recovered.last_sequence));
  return absl::OkStatus();
}

absl::Status DbImpl::Begin() {
  LSMKV_RETURN_IF_ERROR(versions_.StartManifest(opening_edit_));
  LSMKV_RETURN_IF_ERROR(RemoveLeftovers());
  opening_edit_ = {};  // its tables may go when they are replaced
  MutexLock lock(&mu_);
  begun_ = true;
  work_wanted_.SignalAll();
  return absl::OkStatus();
}

// Removes what no MANIFEST names: half-made files, and logs and tables whose
// removal a crash forestalled. Only now is the new MANIFEST durable.
absl::Status DbImpl::RemoveLeftovers() {
  std::set<uint64_t> tables;
  const std::shared_ptr<const Version> version = versions_.current();
  for (int n = 0; n < kLevels; ++n) {
    for (const FilePtr& file : version->level(n)) tables.insert(file->number);
  }
  LSMKV_ASSIGN_OR_RETURN(std::vector<std::string> names, env_->ListDir(dir_));
  std::set<uint64_t> old_wals;
  for (const std::string& name : names) {
    const ParsedName parsed = ParseFileName(name);
    bool remove = parsed.kind == FileKind::kCurrentTemp;
    if (parsed.kind == FileKind::kTable)
      remove = !tables.contains(parsed.number);
    if (parsed.kind == FileKind::kValues) {
      remove = version->values().count(parsed.number) == 0;
    }
    if (parsed.kind == FileKind::kManifest) {
      remove = parsed.number != versions_.manifest_number();
    }
    if (parsed.kind == FileKind::kWal) old_wals.insert(parsed.number);
    if (remove) LSMKV_RETURN_IF_ERROR(env_->RemoveFile(dir_ + "/" + name));
  }
  for (uint64_t number : old_wals) {
    LSMKV_ASSIGN_OR_RETURN(const uint64_t bytes,
                           env_->FileSize(WalPath(dir_, number)));
    RetireWal(number, bytes);
  }
  return absl::OkStatus();
}

absl::Status DbImpl::StartThreads() {
  LSMKV_RETURN_IF_ERROR(queue_->Start());
  std::vector<void (DbImpl::*)()> mains(
      static_cast<size_t>(options_.compaction_threads),
      &DbImpl::CompactionThread);
  mains.push_back(&DbImpl::LogThread);
  mains.push_back(&DbImpl::FlushThread);  // the one that has work to do
  for (const auto main : mains) {
    Thread thread;
    // Without the lock, which is the first thing that it wants.
    LSMKV_RETURN_IF_ERROR(thread.Start([this, main] { (this->*main)(); }));
    MutexLock lock(&mu_);
    threads_.push_back(std::move(thread));
  }
  return absl::OkStatus();
}

absl::Status DbImpl::SyncWal() {
  if (closing_.load()) return FailedPrecondition("the store is closed");
  if (!options_.log_writes) return Flush();
  // Also when writes have stopped: those before were promised to be durable
  // soon. A log whose sync failed refuses by itself.
  const absl::Status status = SyncLogs();
  if (!status.ok()) SetBackgroundError(status);
  return status;
}

absl::Status DbImpl::Flush() {
  PendingWrite write;
  write.rotate = true;
  queue_->Run(&write);
  LSMKV_RETURN_IF_ERROR(write.status);
  MutexLock lock(&mu_);
  // Memtables that were full before: those that come later are not waited for.
  const std::shared_ptr<MemTable> newest =
      immutables_.empty() ? nullptr : immutables_.front();
  while (background_error_.ok() && newest != nullptr &&
         std::find(immutables_.begin(), immutables_.end(), newest) !=
             immutables_.end()) {
    progress_.WaitFor(&mu_, kWaitMicros);
  }
  return background_error_;
}

void DbImpl::CancelCompactRange() {
  manual_cancelled_.store(true);
  MutexLock lock(&mu_);
  progress_.SignalAll();
}

absl::Status DbImpl::WaitForIdle() {
  MutexLock lock(&mu_);
  ++idle_waiters_;
  compaction_wanted_ = true;
  work_wanted_.SignalAll();
  while (background_error_.ok() && compaction_error_.ok() &&
         (!immutables_.empty() || jobs_running_ > 0 || compaction_wanted_)) {
    progress_.WaitFor(&mu_, kWaitMicros);
  }
  --idle_waiters_;
  return background_error_.ok() ? compaction_error_ : background_error_;
}

absl::Status DbImpl::CompactRange(std::optional<std::string_view> begin,
                                  std::optional<std::string_view> end) {
  LSMKV_RETURN_IF_ERROR(Flush());
  const std::string_view* const from = begin ? &*begin : nullptr;
  const std::string_view* const to = end ? &*end : nullptr;
  // Tables made from now on are merged already.
  const uint64_t rewrite_below = versions_.NewFileNumber();
  for (int level = 0; level < kLevels; ++level) {
    LSMKV_RETURN_IF_ERROR(CompactLevel(level, from, to, rewrite_below));
  }
  return CollectRange(from, to, rewrite_below);
}

absl::Status DbImpl::CompactLevel(int level, const std::string_view* begin,
                                  const std::string_view* end,
                                  uint64_t rewrite_below) {
  // Every table is passed once, so that writers who bring new ones do not keep
  // it going for ever.
  std::string cursor;
  std::string_view from;
  while (true) {
    LSMKV_ASSIGN_OR_RETURN(
        std::optional<CompactionPlan> plan,
        NextManualPlan([&](const std::shared_ptr<const Version>& version) {
          return PlanRange(version, options_, level, begin, end, rewrite_below);
        }));
    if (!plan) return absl::OkStatus();
    if (level > 0) {
      cursor = std::string(plan->inputs.back()->largest_user());
      from = cursor;
      begin = &from;
    }
    LSMKV_RETURN_IF_ERROR(RunManualPlan(*std::move(plan)));
  }
}

absl::Status DbImpl::CollectRange(const std::string_view* begin,
                                  const std::string_view* end,
                                  uint64_t made_before) {
  while (true) {
    LSMKV_ASSIGN_OR_RETURN(
        std::optional<CompactionPlan> plan,
        NextManualPlan([&](const std::shared_ptr<const Version>& version) {
          std::set<uint64_t> files =
              FilesToCollect(*version, options_, /*quiet=*/true);
          files.erase(files.lower_bound(made_before), files.end());
          return PlanCollection(version, files, begin, end, {});
        }));
    if (!plan) return absl::OkStatus();
    LSMKV_RETURN_IF_ERROR(RunManualPlan(*std::move(plan)));
  }
}

absl::StatusOr<std::optional<CompactionPlan>> DbImpl::NextManualPlan(
    absl::FunctionRef<
        std::optional<CompactionPlan>(const std::shared_ptr<const Version>&)>
        make_plan) {
  MutexLock lock(&mu_);
  while (true) {
    if (HasHardErrorLocked()) return background_error_;
    if (manual_cancelled_.load()) {
      return absl::CancelledError("the store is closing");
    }
    std::optional<CompactionPlan> plan = make_plan(version_);
    if (!plan || !plan->Touches(busy_files_)) {
      if (plan) MarkBusyLocked(*plan, true);
      return plan;
    }
    progress_.WaitFor(&mu_, kWaitMicros);
  }
}

absl::Status DbImpl::RunManualPlan(CompactionPlan plan) {
  const absl::Status status = RunPlan(plan, manual_cancelled_);
  plan = {};  // its files may go
  CollectGarbage();
  // For want of room nothing is lost, and the caller may try again.
  if (!status.ok() && !absl::IsCancelled(status) &&
      !absl::IsResourceExhausted(status)) {
    SetBackgroundError(status);
  }
  return status;
}

absl::Status DbImpl::Close() {
  std::vector<Thread> threads;
  {
    MutexLock lock(&mu_);
    if (closed_) return absl::OkStatus();
    closed_ = true;
  }
  if (queue_ != nullptr) queue_->Close();
  // Behind the last write, and while there are threads to do it.
  const absl::Status saved = FlushUnlogged();
  {
    MutexLock lock(&mu_);
    closing_.store(true);
    manual_cancelled_.store(true);
    work_wanted_.SignalAll();
    log_cv_.SignalAll();
    retry_cv_.SignalAll();
    progress_.SignalAll();
    while (verifies_running_ > 0) progress_.Wait(&mu_);
    threads.swap(threads_);
  }
  for (Thread& thread : threads) thread.Join();
  absl::Status status = background_error();
  if (status.ok()) status = saved;
  if (wals_ != nullptr && (status.ok() || absl::IsResourceExhausted(status))) {
    const absl::Status closed = CloseLogs();
    if (!closed.ok()) status = closed;
  } else if (wals_ != nullptr) {
    wals_->Sync().IgnoreError();  // the first error is what is told
  }
  CollectGarbage();
  Log(LogLevel::kInfo, Concat("close_end status=", status.ToString()));
  return status;
}

absl::Status DbImpl::FlushUnlogged() {
  if (options_.log_writes) return absl::OkStatus();
  {
    MutexLock lock(&mu_);
    // A store that failed to open has no thread to flush; one that was only
    // read shall stay as quick to open as it was.
    if (memtable_ == nullptr) return absl::OkStatus();
    if (memtable_->empty() && immutables_.empty()) return absl::OkStatus();
  }
  return Flush();
}

absl::Status DbImpl::CloseLogs() {
  wals_->DropSpare();
  VersionEdit edit;
  LSMKV_ASSIGN_OR_RETURN(edit.wal_facts, wals_->Close());
  if (edit.wal_facts.empty()) return absl::OkStatus();
  return versions_.LogAndApply(std::move(edit),
                               [](std::shared_ptr<const Version>) {});
}

DbImpl::~DbImpl() {
  Close().IgnoreError();  // an owner who wants to know calls Close first
  if (const ReadState* state = read_state_.exchange(nullptr)) state->Unref();
  // What was retired may still refer to the tables' cache.
  Epochs::Drain();
  MutexLock lock(&mu_);
  memtable_ = nullptr;
  immutables_.clear();
  version_ = nullptr;
}

void DbImpl::Log(LogLevel level, const std::string& line) const {
  if (options_.logger != nullptr) options_.logger->Log(level, line);
}

}  // namespace lsmkv::engine
