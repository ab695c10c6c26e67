#include "tests/support/sim_env_files.h"

#include <algorithm>

#include "engine/src/util/status.h"

namespace lsmkv {

using engine::Internal;
using engine::MakeStatus;
using engine::MutexLock;

// --- Reading -----------------------------------------------------------------

absl::StatusOr<std::string_view> SimEnv::ReadHandle::Read(uint64_t offset,
                                                          size_t n,
                                                          char* scratch) const {
  Announced op(env_, kSimRead, path_);
  MutexLock lock(&env_->mu_);
  std::optional<SimFault> fired;
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimRead, n, &fired));
  op.Succeed();
  if (fired) return ReadWronglyLocked(*fired, offset, n, scratch);
  const std::string& data = node_->file.data();
  if (offset >= data.size()) return std::string_view(scratch, 0);
  return std::string_view(scratch, data.copy(scratch, n, offset));
}

std::string_view SimEnv::ReadHandle::ReadWronglyLocked(const SimFault& fault,
                                                       uint64_t offset,
                                                       size_t n,
                                                       char* scratch) const {
  const std::string& data = node_->file.data();
  if (offset >= data.size()) return std::string_view(scratch, 0);
  const uint64_t left = data.size() - offset;
  const size_t right = static_cast<size_t>(std::min<uint64_t>(n, left));
  if (fault.kind == SimFaultKind::kShortRead) {
    // At least one byte too few, if there is any.
    const size_t got = right == 0 ? 0 : env_->rng_.Uniform(right);
    return std::string_view(scratch, data.copy(scratch, got, offset));
  }
  if (fault.kind == SimFaultKind::kMisdirectedRead) {
    // By whole sectors, as disks do it; the length is what was asked for.
    const uint64_t sectors = data.size() / kSimSectorBytes + 1;
    const uint64_t moved = kSimSectorBytes * (1 + env_->rng_.Uniform(sectors));
    for (size_t i = 0; i < right; ++i) {
      scratch[i] = data[(offset + moved + i) % data.size()];
    }
    return std::string_view(scratch, right);
  }
  data.copy(scratch, right, offset);
  const uint64_t first = offset / kSimPageBytes;
  const uint64_t pages = (offset + right + kSimPageBytes - 1) / kSimPageBytes;
  const uint64_t stale =
      first + (pages > first ? env_->rng_.Uniform(pages - first) : 0);
  const std::string& disk = node_->file.durable();
  for (size_t i = 0; i < right; ++i) {
    const uint64_t at = offset + i;
    if (at / kSimPageBytes != stale) continue;
    const bool older = at < disk.size() && disk[at] != data[at];
    scratch[i] = older ? disk[at] : '\0';
  }
  return std::string_view(scratch, right);
}

absl::StatusOr<uint64_t> SimEnv::ReadHandle::Size() const {
  Announced op(env_, kSimStat, path_);
  MutexLock lock(&env_->mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimStat, 0));
  op.Succeed();
  return node_->file.data().size();
}

absl::Status SimEnv::ReadHandle::BeginLocked(
    SimOp op, uint64_t bytes, std::optional<SimFault>* fired) const {
  LSMKV_RETURN_IF_ERROR(env_->CheckGenerationLocked(generation_, path_));
  return env_->BeginLocked(op, path_, bytes, fired);
}

// --- Writing -----------------------------------------------------------------

SimEnv::WriteHandle::~WriteHandle() {
  MutexLock lock(&env_->mu_);
  const bool alive =
      generation_ == env_->generation_ && env_->writes_until_power_cut_ != 0;
  if (open_ && alive) node_->file.TrimReserve();
}

absl::Status SimEnv::WriteHandle::Append(std::string_view data) {
  Announced op(env_, kSimAppend, path_, data);
  MutexLock lock(&env_->mu_);
  std::optional<SimFault> fired;
  const absl::Status status = BeginLocked(kSimAppend, data.size(), &fired);
  if (status.ok()) {
    return op.Done(env_->AppendLocked(path_, data, &node_->file));
  }
  if (fired) {
    const uint64_t kept =
        fired->kept_bytes ? std::min<uint64_t>(*fired->kept_bytes, data.size())
                          : env_->rng_.Uniform(data.size() + 1);
    env_->AppendLocked(path_, data.substr(0, kept), &node_->file)
        .IgnoreError();  // the caller hears of the fault instead
  }
  return status;
}

absl::Status SimEnv::WriteHandle::Overwrite(uint64_t offset,
                                            std::string_view data) {
  Announced op(env_, kSimOverwrite, path_, data);
  MutexLock lock(&env_->mu_);
  std::optional<SimFault> fired;
  const absl::Status status = BeginLocked(kSimOverwrite, data.size(), &fired);
  if (status.ok()) {
    if (!node_->file.Overwrite(offset, data)) {
      return Internal(path_, ": overwrites what was never appended");
    }
    op.Succeed();
    return status;
  }
  if (fired) {
    const uint64_t kept =
        fired->kept_bytes ? std::min<uint64_t>(*fired->kept_bytes, data.size())
                          : env_->rng_.Uniform(data.size() + 1);
    node_->file.Overwrite(offset, data.substr(0, kept));
  }
  return status;
}

absl::Status SimEnv::WriteHandle::Sync() {
  return SyncPages([](SimFile* file) { file->Sync(); });
}

absl::Status SimEnv::WriteHandle::AppendDurably(std::string_view data) {
  LSMKV_RETURN_IF_ERROR(Append(data));
  return SyncPages([&](SimFile* file) {
    const uint64_t end = file->appended_bytes();
    file->SyncRange(end - data.size(), end);
  });
}

absl::Status SimEnv::WriteHandle::SyncPages(
    absl::FunctionRef<void(SimFile*)> sync) {
  Announced op(env_, kSimSync, path_);
  MutexLock lock(&env_->mu_);
  std::optional<SimFault> fired;
  const absl::Status status = BeginLocked(kSimSync, 0, &fired);
  if (status.ok()) sync(&node_->file);
  if (fired) node_->file.FailSync();
  return op.Done(status);
}

absl::Status SimEnv::WriteHandle::StartAnew(const std::string& path) {
  const std::string old_path = path_;
  Announced op(env_, kSimOverwrite, old_path);
  MutexLock lock(&env_->mu_);
  std::optional<SimFault> fired;
  const absl::Status status = BeginLocked(kSimOverwrite, 0, &fired);
  SimFile& file = node_->file;
  if (status.ok()) {
    file.StartAnew();
    path_ = path;
  } else if (fired) {
    const uint64_t zeroed = env_->rng_.Uniform(file.appended_bytes() + 1);
    file.Overwrite(0, std::string(static_cast<size_t>(zeroed), '\0'));
  }
  return op.Done(status);
}

void SimEnv::WriteHandle::Discard(uint64_t offset, uint64_t bytes) {
  MutexLock lock(&env_->mu_);
  if (!open_ || !env_->CheckGenerationLocked(generation_, path_).ok()) return;
  node_->file.Overwrite(offset, std::string(static_cast<size_t>(bytes), '\0'));
}

absl::Status SimEnv::WriteHandle::Preallocate(uint64_t bytes) {
  Announced op(env_, kSimPreallocate, path_);
  MutexLock lock(&env_->mu_);
  LSMKV_RETURN_IF_ERROR(BeginLocked(kSimPreallocate, bytes));
  SimFile& file = node_->file;
  if (file.GrowthOf(bytes) > env_->FreeBytesLocked()) {
    return MakeStatus(absl::StatusCode::kResourceExhausted, path_,
                      ": no space to reserve on the simulated disk");
  }
  file.Reserve(file.appended_bytes() + bytes);
  op.Succeed();
  return absl::OkStatus();
}

absl::Status SimEnv::WriteHandle::Close() {
  Announced op(env_, kSimClose, path_);
  MutexLock lock(&env_->mu_);
  if (!open_) return op.Done(absl::OkStatus());
  const absl::Status status = BeginLocked(kSimClose);
  open_ = false;
  count_.Release();
  if (status.ok()) node_->file.TrimReserve();
  return op.Done(status);
}

absl::Status SimEnv::WriteHandle::BeginLocked(SimOp op, uint64_t bytes,
                                              std::optional<SimFault>* fired) {
  if (!open_) return Internal(path_, ": the file is closed");
  LSMKV_RETURN_IF_ERROR(env_->CheckGenerationLocked(generation_, path_));
  return env_->BeginLocked(op, path_, bytes, fired);
}

SimEnv::LockHandle::~LockHandle() {
  MutexLock lock(&env_->mu_);
  if (generation_ == env_->generation_) env_->locked_.erase(node_.get());
}

}  // namespace lsmkv
