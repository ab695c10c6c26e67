#include "tests/support/sim_env.h"

#include <algorithm>
#include <bit>
#include <thread>

#include "engine/src/util/status.h"
#include "tests/support/sim_env_files.h"

namespace lsmkv {

using engine::Concat;
using engine::FailedPrecondition;
using engine::FileLock;
using engine::Internal;
using engine::MakeStatus;
using engine::MutexLock;
using engine::RandomAccessFile;
using engine::WritableFile;

namespace {

absl::Status NoSuchFile(const std::string& path) {
  return MakeStatus(absl::StatusCode::kNotFound, path, ": no such file");
}

absl::Status NotAFile(const std::string& path) {
  return Internal(path, ": not a regular file");
}

absl::Status NotADirectory(const std::string& path) {
  return Internal(path, ": not a directory");
}

absl::Status NameTaken(const std::string& path) {
  return MakeStatus(absl::StatusCode::kAlreadyExists, path,
                    ": the name is taken");
}

std::vector<std::string> SplitPath(const std::string& path) {
  std::vector<std::string> parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/') {
      part += c;
      continue;
    }
    if (!part.empty() && part != ".") parts.push_back(part);
    part.clear();
  }
  return parts;
}

template <typename Do>
void ForEachFile(SimNode& node, const Do& action) {
  if (!node.is_dir) {
    action(&node.file);
    return;
  }
  for (const auto& [name, child] : node.dir.entries()) {
    ForEachFile(*child, action);
  }
}

SimNodeRef NewDirNode() {
  auto node = std::make_shared<SimNode>();
  node->is_dir = true;
  return node;
}

}  // namespace

SimEnv::SimEnv(uint64_t seed) : SimEnv(seed, NewDirNode()) {}

SimEnv::SimEnv(uint64_t seed, SimNodeRef root)
    : root_(std::move(root)), rng_(seed), identities_(~seed) {}

void SimEnv::Crash(CrashMode mode, uint64_t seed) {
  MutexLock lock(&mu_);
  root_ = CrashedTree(*root_, mode, seed);
  ++generation_;
  locked_.clear();
  faults_.Clear();
  writes_until_power_cut_.reset();
}

std::unique_ptr<SimEnv> SimEnv::CrashImage(CrashMode mode,
                                           uint64_t seed) const {
  MutexLock lock(&mu_);
  auto image = std::make_unique<SimEnv>(seed, CrashedTree(*root_, mode, seed));
  MutexLock image_lock(&image->mu_);
  // New files there get no number that a file here has.
  Random identities = identities_;
  image->identities_ = Random(identities.Next() ^ seed);
  image->monotonic_micros_ = monotonic_micros_;
  image->wall_micros_ = wall_micros_;
  return image;
}

SimTree SimEnv::Freeze() const {
  MutexLock lock(&mu_);
  return CloneTree(*root_);
}

void SimEnv::CutPowerAfter(uint64_t n) {
  MutexLock lock(&mu_);
  writes_until_power_cut_ = n;
}

bool SimEnv::power_is_cut() const {
  MutexLock lock(&mu_);
  return writes_until_power_cut_ == 0;
}

void SimEnv::FailNth(uint32_t ops, uint64_t n, absl::Status status, bool sticky,
                     std::string path_part) {
  SimFault fault;
  fault.ops = ops;
  fault.n = n;
  fault.status = std::move(status);
  fault.sticky = sticky;
  fault.path_part = std::move(path_part);
  Inject(std::move(fault));
}

void SimEnv::Inject(SimFault fault) {
  MutexLock lock(&mu_);
  faults_.Add(std::move(fault));
}

void SimEnv::ClearFaults() {
  MutexLock lock(&mu_);
  faults_.Clear();
}

uint64_t SimEnv::faults_fired() const {
  MutexLock lock(&mu_);
  return faults_.fired();
}

void SimEnv::EvictLostPages() {
  MutexLock lock(&mu_);
  ForEachFile(*root_, [](SimFile* file) { file->EvictLostPages(); });
}

void SimEnv::SetOpenFilesMax(uint64_t files) {
  MutexLock lock(&mu_);
  open_files_max_ = files;
}

void SimEnv::ClearOpenFilesLimit() {
  MutexLock lock(&mu_);
  open_files_max_.reset();
}

uint64_t SimEnv::open_files() const {
  return open_files_.load(std::memory_order_relaxed);
}

void SimEnv::SetLatency(uint32_t ops, uint64_t micros) {
  MutexLock lock(&mu_);
  slow_ops_ = ops;
  latency_micros_ = micros;
}

void SimEnv::SetObserver(uint32_t ops, SimObserver observer) {
  MutexLock lock(&mu_);
  observer_ = observer == nullptr
                  ? nullptr
                  : std::make_shared<const SimObserver>(std::move(observer));
  observed_ops_.store(observer_ == nullptr ? 0 : ops,
                      std::memory_order_relaxed);
}

std::shared_ptr<const SimObserver> SimEnv::observer(SimOp op) const {
  if ((observed_ops_.load(std::memory_order_relaxed) & op) == 0) return nullptr;
  MutexLock lock(&mu_);
  return observer_;
}

std::string SimEnv::Trace() const {
  MutexLock lock(&mu_);
  return trace_.ToString();
}

uint64_t SimEnv::OpCount(uint32_t ops) const {
  MutexLock lock(&mu_);
  uint64_t sum = 0;
  for (size_t i = 0; i < kSimOpCount; ++i) {
    if ((ops >> i & 1) != 0) sum += op_counts_[i];
  }
  return sum;
}

void SimEnv::SetFreeSpaceBytes(uint64_t bytes) {
  MutexLock lock(&mu_);
  capacity_bytes_ = UsedBytes(*root_) + bytes;
}

void SimEnv::ClearFreeSpaceLimit() {
  MutexLock lock(&mu_);
  capacity_bytes_.reset();
}

absl::StatusOr<std::string> SimEnv::ReadFile(const std::string& path) const {
  MutexLock lock(&mu_);
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindFileLocked(path));
  return node->file.data();
}

absl::Status SimEnv::WriteFile(const std::string& path, std::string bytes) {
  MutexLock lock(&mu_);
  LSMKV_ASSIGN_OR_RETURN(Place place, FindPlaceLocked(path));
  if (place.node == nullptr) place.node = std::make_shared<SimNode>();
  if (place.node->is_dir) return NotAFile(path);
  place.node->file.Set(std::move(bytes));
  place.parent->dir.LinkDurably(place.name, place.node);
  return absl::OkStatus();
}

absl::Status SimEnv::CorruptByte(const std::string& path, uint64_t offset,
                                 uint8_t mask) {
  MutexLock lock(&mu_);
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindFileLocked(path));
  const uint64_t size = node->file.data().size();
  if (offset >= size) {
    return engine::InvalidArgument(path, ": offset ", offset,
                                   " is not in a file of ", size, " bytes");
  }
  node->file.FlipBits(offset, mask);
  return absl::OkStatus();
}

absl::Status SimEnv::TruncateFile(const std::string& path, uint64_t bytes) {
  MutexLock lock(&mu_);
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindFileLocked(path));
  std::string data = node->file.data();
  data.resize(bytes);
  node->file.Set(std::move(data));
  return absl::OkStatus();
}

void SimEnv::AdvanceMicros(uint64_t micros) {
  MutexLock lock(&mu_);
  monotonic_micros_ += micros;
  wall_micros_ += micros;
}

void SimEnv::SetWallMicros(uint64_t micros) {
  MutexLock lock(&mu_);
  wall_micros_ = micros;
}

absl::StatusOr<std::unique_ptr<RandomAccessFile>> SimEnv::NewRandomAccessFile(
    const std::string& path) {
  Announced op(this, kSimOpenRead, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimOpenRead, path));
  LSMKV_RETURN_IF_ERROR(CheckOpenFilesLocked(path));
  LSMKV_ASSIGN_OR_RETURN(SimNodeRef node, FindFileLocked(path));
  op.Succeed();
  return std::make_unique<ReadHandle>(this, path, std::move(node), generation_);
}

absl::StatusOr<std::unique_ptr<WritableFile>> SimEnv::NewWritableFile(
    const std::string& path) {
  Announced op(this, kSimCreate, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimCreate, path));
  LSMKV_RETURN_IF_ERROR(CheckOpenFilesLocked(path));
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node != nullptr) return NameTaken(path);
  auto node = std::make_shared<SimNode>();
  place.parent->dir.Link(place.name, node);
  op.Succeed();
  return std::make_unique<WriteHandle>(this, path, std::move(node),
                                       generation_);
}

absl::StatusOr<std::vector<std::string>> SimEnv::ListDir(
    const std::string& path) {
  Announced op(this, kSimListDir, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimListDir, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindDirLocked(path));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->dir.entries()) names.push_back(name);
  op.Succeed();
  return names;
}

absl::StatusOr<bool> SimEnv::FileExists(const std::string& path) {
  Announced op(this, kSimStat, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  const auto node = FindLocked(path);
  op.Succeed();
  if (node.ok()) return true;
  if (absl::IsNotFound(node.status())) return false;
  return node.status();
}

absl::StatusOr<uint64_t> SimEnv::FileSize(const std::string& path) {
  Announced op(this, kSimStat, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindFileLocked(path));
  op.Succeed();
  return node->file.data().size();
}

absl::Status SimEnv::CreateDir(const std::string& path) {
  Announced op(this, kSimCreateDir, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimCreateDir, path));
  op.Succeed();
  if (SplitPath(path).empty()) return absl::OkStatus();
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node == nullptr) {
    place.parent->dir.Link(place.name, NewDirNode());
    return absl::OkStatus();
  }
  return place.node->is_dir ? absl::OkStatus() : NameTaken(path);
}

absl::Status SimEnv::SyncDir(const std::string& path) {
  Announced op(this, kSimSyncDir, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimSyncDir, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindDirLocked(path));
  node->dir.Sync();
  op.Succeed();
  return absl::OkStatus();
}

absl::Status SimEnv::RemoveFile(const std::string& path) {
  Announced op(this, kSimRemove, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimRemove, path));
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node == nullptr) return NoSuchFile(path);
  if (place.node->is_dir) return NotAFile(path);
  place.parent->dir.Unlink(place.name);
  op.Succeed();
  return absl::OkStatus();
}

absl::Status SimEnv::RenameFile(const std::string& from,
                                const std::string& to) {
  const std::string both = Concat(from, " to ", to);
  Announced op(this, kSimRename, both);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimRename, both));
  LSMKV_ASSIGN_OR_RETURN(const Place source, FindPlaceLocked(from));
  LSMKV_ASSIGN_OR_RETURN(const Place target, FindPlaceLocked(to));
  if (source.node == nullptr) return NoSuchFile(from);
  if (source.parent != target.parent) {
    return Internal(from, " to ", to, ": rename across directories");
  }
  if (target.node != nullptr && target.node->is_dir != source.node->is_dir) {
    return target.node->is_dir ? NotAFile(to) : NotADirectory(to);
  }
  source.parent->dir.Rename(source.name, target.name);
  op.Succeed();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileLock>> SimEnv::LockFile(
    const std::string& path) {
  Announced op(this, kSimLock, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimLock, path));
  LSMKV_RETURN_IF_ERROR(CheckOpenFilesLocked(path));
  LSMKV_ASSIGN_OR_RETURN(Place place, FindPlaceLocked(path));
  if (place.node == nullptr) {
    place.node = std::make_shared<SimNode>();
    place.parent->dir.Link(place.name, place.node);
  }
  if (place.node->is_dir) return NotAFile(path);
  if (!locked_.insert(place.node.get()).second) {
    return FailedPrecondition(path, ": locked by this process");
  }
  op.Succeed();
  return std::make_unique<LockHandle>(this, place.node, generation_);
}

absl::StatusOr<uint64_t> SimEnv::FreeSpaceBytes(const std::string& path) {
  Announced op(this, kSimStat, path);
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  LSMKV_RETURN_IF_ERROR(FindLocked(path).status());
  op.Succeed();
  return FreeBytesLocked();
}

uint64_t SimEnv::MonotonicMicros() {
  MutexLock lock(&mu_);
  return monotonic_micros_;
}

uint64_t SimEnv::WallMicros() {
  MutexLock lock(&mu_);
  return wall_micros_;
}

void SimEnv::SleepMicros(uint64_t micros) {
  AdvanceMicros(micros);
  // Whoever sleeps in a loop waits for another thread.
  std::this_thread::yield();
}

uint64_t SimEnv::RandomBits() {
  MutexLock lock(&mu_);
  return identities_.Next();
}

absl::Status SimEnv::BeginLocked(SimOp op, const std::string& path,
                                 uint64_t bytes,
                                 std::optional<SimFault>* fired) {
  ++op_counts_[static_cast<size_t>(std::countr_zero(uint32_t{op}))];
  if ((slow_ops_ & op) != 0) {
    monotonic_micros_ += latency_micros_;
    wall_micros_ += latency_micros_;
  }
  absl::Status status = DoBeginLocked(op, path, fired);
  trace_.Add(op, path, bytes, status);
  return status;
}

absl::Status SimEnv::DoBeginLocked(SimOp op, const std::string& path,
                                   std::optional<SimFault>* fired) {
  if (writes_until_power_cut_ == 0) {
    return Internal(path, ": the power is cut");
  }
  if (writes_until_power_cut_.has_value() && (op & kSimWriteOps) != 0) {
    --*writes_until_power_cut_;
  }
  const std::optional<SimFault> fault = faults_.Next(op, path);
  if (fired != nullptr) *fired = fault;
  if (!fault || fault->kind != SimFaultKind::kError) return absl::OkStatus();
  const absl::Status& error = fault->status;
  return MakeStatus(
      error.code(), path, ": ",
      std::string_view(error.message().data(), error.message().size()));
}

absl::Status SimEnv::CheckGenerationLocked(uint64_t generation,
                                           const std::string& path) const {
  if (generation == generation_) return absl::OkStatus();
  return Internal(path, ": opened before the last crash");
}

absl::Status SimEnv::CheckOpenFilesLocked(const std::string& path) const {
  if (!open_files_max_ || open_files() < *open_files_max_) {
    return absl::OkStatus();
  }
  return MakeStatus(absl::StatusCode::kResourceExhausted, path,
                    ": too many open files: ", open_files());
}

absl::StatusOr<SimEnv::Place> SimEnv::FindPlaceLocked(
    const std::string& path) const {
  const std::vector<std::string> parts = SplitPath(path);
  if (parts.empty()) return NotAFile(path);
  SimNodeRef dir = root_;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    dir = dir->dir.Find(parts[i]);
    if (dir == nullptr) return NoSuchFile(path);
    if (!dir->is_dir) return NotADirectory(path);
  }
  SimNodeRef node = dir->dir.Find(parts.back());
  return Place{std::move(dir), parts.back(), std::move(node)};
}

absl::StatusOr<SimNodeRef> SimEnv::FindLocked(const std::string& path) const {
  if (SplitPath(path).empty()) return root_;
  LSMKV_ASSIGN_OR_RETURN(Place place, FindPlaceLocked(path));
  if (place.node == nullptr) return NoSuchFile(path);
  return std::move(place.node);
}

absl::StatusOr<SimNodeRef> SimEnv::FindFileLocked(
    const std::string& path) const {
  LSMKV_ASSIGN_OR_RETURN(SimNodeRef node, FindLocked(path));
  if (node->is_dir) return NotAFile(path);
  return node;
}

absl::StatusOr<SimNodeRef> SimEnv::FindDirLocked(
    const std::string& path) const {
  LSMKV_ASSIGN_OR_RETURN(SimNodeRef node, FindLocked(path));
  if (!node->is_dir) return NotADirectory(path);
  return node;
}

uint64_t SimEnv::FreeBytesLocked() const {
  if (!capacity_bytes_.has_value()) return kUnlimitedBytes;
  const uint64_t used = UsedBytes(*root_);
  return used < *capacity_bytes_ ? *capacity_bytes_ - used : 0;
}

absl::Status SimEnv::AppendLocked(const std::string& path,
                                  std::string_view data, SimFile* file) {
  if (!capacity_bytes_.has_value()) {
    file->Append(data);
    return absl::OkStatus();
  }
  const uint64_t growth = file->GrowthOf(data.size());
  const uint64_t free = FreeBytesLocked();
  if (growth <= free) {
    file->Append(data);
    return absl::OkStatus();
  }
  // What fits is written, as the system does it.
  file->Append(data.substr(0, data.size() - (growth - free)));
  return MakeStatus(absl::StatusCode::kResourceExhausted, path,
                    ": no space left on the simulated disk");
}

}  // namespace lsmkv
