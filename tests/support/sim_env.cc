#include "tests/support/sim_env.h"

#include <algorithm>
#include <bit>
#include <thread>

#include "engine/src/util/status.h"

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

absl::Status DiskFull(const std::string& path) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, path,
                    ": no space left on the simulated disk");
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

SimNodeRef NewDirNode() {
  auto node = std::make_shared<SimNode>();
  node->is_dir = true;
  return node;
}

}  // namespace

class SimEnv::ReadHandle : public RandomAccessFile {
 public:
  ReadHandle(SimEnv* env, std::string path, SimNodeRef node,
             uint64_t generation)
      : env_(env),
        path_(std::move(path)),
        node_(std::move(node)),
        generation_(generation) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    MutexLock lock(&env_->mu_);
    LSMKV_RETURN_IF_ERROR(env_->BeginLocked(kSimRead, path_, generation_));
    const std::string& data = node_->file.data();
    if (offset >= data.size()) return std::string_view(scratch, 0);
    const size_t got = data.copy(scratch, n, offset);
    return std::string_view(scratch, got);
  }

  absl::StatusOr<uint64_t> Size() const override {
    MutexLock lock(&env_->mu_);
    LSMKV_RETURN_IF_ERROR(env_->BeginLocked(kSimStat, path_, generation_));
    return node_->file.data().size();
  }

  void ReadAhead(uint64_t, size_t) const override {}

 private:
  SimEnv* const env_;
  const std::string path_;
  const SimNodeRef node_;
  const uint64_t generation_;
};

class SimEnv::WriteHandle : public WritableFile {
 public:
  WriteHandle(SimEnv* env, std::string path, SimNodeRef node,
              uint64_t generation)
      : env_(env),
        path_(std::move(path)),
        node_(std::move(node)),
        generation_(generation) {}

  ~WriteHandle() override {
    MutexLock lock(&env_->mu_);
    const bool alive =
        generation_ == env_->generation_ && env_->writes_until_power_cut_ != 0;
    if (open_ && alive) node_->file.TrimReserve();
  }

  absl::Status Append(std::string_view data) override {
    MutexLock lock(&env_->mu_);
    const uint64_t fired = env_->faults_fired_;
    const absl::Status status = BeginLocked(kSimAppend);
    if (!status.ok()) {
      if (env_->faults_fired_ != fired) {
        const size_t kept = env_->rng_.Uniform(data.size() + 1);
        env_->AppendLocked(path_, data.substr(0, kept), &node_->file)
            .IgnoreError();  // the caller hears of the fault instead
      }
      return status;
    }
    return env_->AppendLocked(path_, data, &node_->file);
  }

  absl::Status Sync() override {
    MutexLock lock(&env_->mu_);
    const uint64_t fired = env_->faults_fired_;
    const absl::Status status = BeginLocked(kSimSync);
    if (status.ok()) node_->file.Sync();
    if (env_->faults_fired_ != fired) node_->file.FailSync();
    return status;
  }

  absl::Status Preallocate(uint64_t bytes) override {
    MutexLock lock(&env_->mu_);
    LSMKV_RETURN_IF_ERROR(BeginLocked(kSimPreallocate));
    SimFile& file = node_->file;
    if (file.GrowthOf(bytes) > env_->FreeBytesLocked()) return DiskFull(path_);
    file.Reserve(file.appended_bytes() + bytes);
    return absl::OkStatus();
  }

  absl::Status Close() override {
    MutexLock lock(&env_->mu_);
    if (!open_) return absl::OkStatus();
    const absl::Status status = BeginLocked(kSimClose);
    open_ = false;
    if (status.ok()) node_->file.TrimReserve();
    return status;
  }

 private:
  absl::Status BeginLocked(SimOp op) ABSL_EXCLUSIVE_LOCKS_REQUIRED(env_->mu_) {
    if (!open_) return Internal(path_, ": the file is closed");
    return env_->BeginLocked(op, path_, generation_);
  }

  SimEnv* const env_;
  const std::string path_;
  const SimNodeRef node_;
  const uint64_t generation_;
  bool open_ ABSL_GUARDED_BY(env_->mu_) = true;
};

class SimEnv::LockHandle : public FileLock {
 public:
  LockHandle(SimEnv* env, SimNodeRef node, uint64_t generation)
      : env_(env), node_(std::move(node)), generation_(generation) {}

  ~LockHandle() override {
    MutexLock lock(&env_->mu_);
    if (generation_ == env_->generation_) env_->locked_.erase(node_.get());
  }

 private:
  SimEnv* const env_;
  const SimNodeRef node_;
  const uint64_t generation_;
};

SimEnv::SimEnv(uint64_t seed)
    : root_(NewDirNode()), rng_(seed), identities_(~seed) {}

void SimEnv::Crash(CrashMode mode, uint64_t seed) {
  MutexLock lock(&mu_);
  root_ = CrashedTree(*root_, mode, seed);
  ++generation_;
  locked_.clear();
  faults_.clear();
  writes_until_power_cut_.reset();
}

std::unique_ptr<SimEnv> SimEnv::CrashImage(CrashMode mode,
                                           uint64_t seed) const {
  auto image = std::make_unique<SimEnv>(seed);
  MutexLock lock(&mu_);
  MutexLock image_lock(&image->mu_);
  image->root_ = CrashedTree(*root_, mode, seed);
  // New files there get no number that a file here has.
  Random identities = identities_;
  image->identities_ = Random(identities.Next() ^ seed);
  image->monotonic_micros_ = monotonic_micros_;
  image->wall_micros_ = wall_micros_;
  return image;
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
  LSMKV_CHECK(n > 0 && !status.ok());
  MutexLock lock(&mu_);
  faults_.push_back(
      Fault{ops, n, std::move(status), sticky, std::move(path_part)});
}

void SimEnv::ClearFaults() {
  MutexLock lock(&mu_);
  faults_.clear();
}

uint64_t SimEnv::faults_fired() const {
  MutexLock lock(&mu_);
  return faults_fired_;
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
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimOpenRead, path));
  LSMKV_ASSIGN_OR_RETURN(SimNodeRef node, FindFileLocked(path));
  return std::make_unique<ReadHandle>(this, path, std::move(node), generation_);
}

absl::StatusOr<std::unique_ptr<WritableFile>> SimEnv::NewWritableFile(
    const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimCreate, path));
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node != nullptr) return NameTaken(path);
  auto node = std::make_shared<SimNode>();
  place.parent->dir.Link(place.name, node);
  return std::make_unique<WriteHandle>(this, path, std::move(node),
                                       generation_);
}

absl::StatusOr<std::vector<std::string>> SimEnv::ListDir(
    const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimListDir, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindDirLocked(path));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->dir.entries()) names.push_back(name);
  return names;
}

absl::StatusOr<bool> SimEnv::FileExists(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  const auto node = FindLocked(path);
  if (node.ok()) return true;
  if (absl::IsNotFound(node.status())) return false;
  return node.status();
}

absl::StatusOr<uint64_t> SimEnv::FileSize(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindFileLocked(path));
  return node->file.data().size();
}

absl::Status SimEnv::CreateDir(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimCreateDir, path));
  if (SplitPath(path).empty()) return absl::OkStatus();
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node == nullptr) {
    place.parent->dir.Link(place.name, NewDirNode());
    return absl::OkStatus();
  }
  return place.node->is_dir ? absl::OkStatus() : NameTaken(path);
}

absl::Status SimEnv::SyncDir(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimSyncDir, path));
  LSMKV_ASSIGN_OR_RETURN(const SimNodeRef node, FindDirLocked(path));
  node->dir.Sync();
  return absl::OkStatus();
}

absl::Status SimEnv::RemoveFile(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimRemove, path));
  LSMKV_ASSIGN_OR_RETURN(const Place place, FindPlaceLocked(path));
  if (place.node == nullptr) return NoSuchFile(path);
  if (place.node->is_dir) return NotAFile(path);
  place.parent->dir.Unlink(place.name);
  return absl::OkStatus();
}

absl::Status SimEnv::RenameFile(const std::string& from,
                                const std::string& to) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimRename, Concat(from, " to ", to)));
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
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileLock>> SimEnv::LockFile(
    const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimLock, path));
  LSMKV_ASSIGN_OR_RETURN(Place place, FindPlaceLocked(path));
  if (place.node == nullptr) {
    place.node = std::make_shared<SimNode>();
    place.parent->dir.Link(place.name, place.node);
  }
  if (place.node->is_dir) return NotAFile(path);
  if (!locked_.insert(place.node.get()).second) {
    return FailedPrecondition(path, ": locked by this process");
  }
  return std::make_unique<LockHandle>(this, place.node, generation_);
}

absl::StatusOr<uint64_t> SimEnv::FreeSpaceBytes(const std::string& path) {
  MutexLock lock(&mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, path));
  LSMKV_RETURN_IF_ERROR(FindLocked(path).status());
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

absl::Status SimEnv::BeginLocked(SimOp op, const std::string& path) {
  ++op_counts_[static_cast<size_t>(std::countr_zero(uint32_t{op}))];
  if (writes_until_power_cut_ == 0) {
    return Internal(path, ": the power is cut");
  }
  if (writes_until_power_cut_.has_value() && (op & kSimWriteOps) != 0) {
    --*writes_until_power_cut_;
  }
  absl::Status result;
  for (Fault& fault : faults_) {
    if ((fault.ops & op) == 0) continue;
    if (path.find(fault.path_part) == std::string::npos) continue;
    if (fault.left > 1) {
      --fault.left;
    } else if (result.ok() && (fault.left == 1 || fault.sticky)) {
      fault.left = 0;
      ++faults_fired_;
      result = MakeStatus(fault.status.code(), path, ": ",
                          std::string_view(fault.status.message().data(),
                                           fault.status.message().size()));
    }
  }
  return result;
}

absl::Status SimEnv::BeginLocked(SimOp op, const std::string& path,
                                 uint64_t generation) {
  if (generation != generation_) {
    return Internal(path, ": opened before the last crash");
  }
  return BeginLocked(op, path);
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
  return DiskFull(path);
}

}  // namespace lsmkv
