// DB::Verify: the check of all that a store has on disk. Tables are checked by
// table/table_verifier.h; this file goes through the files, at the pace asked.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/src/db/db_impl.h"
#include "engine/src/db/log_checker.h"
#include "engine/src/format/file_names.h"
#include "engine/src/table/table_verifier.h"
#include "engine/src/table/value_verifier.h"
#include "engine/src/util/status.h"
#include "engine/src/version/current_file.h"

namespace lsmkv::engine {
namespace {

// The longest sleep before the next look whether to go on.
constexpr uint64_t kSleepMicrosMax = 50'000;
// How often a CURRENT or MANIFEST that is replaced meanwhile is read again.
constexpr int kAttempts = 3;

// Counts what is read and holds it to the speed asked for.
class Meter {
 public:
  Meter(Env* env, const VerifyOptions& options,
        const std::atomic<bool>* closing, VerifyProgress* progress,
        absl::FunctionRef<void(const VerifyProgress&)> on_progress)
      : env_(env),
        options_(options),
        closing_(closing),
        progress_(progress),
        on_progress_(on_progress) {}

  absl::Status CheckCancelled() const {
    if (closing_->load() ||
        (options_.cancelled != nullptr && options_.cancelled->load())) {
      return absl::CancelledError("the check was cancelled");
    }
    return absl::OkStatus();
  }

  absl::Status Charge(uint64_t bytes) {
    progress_->bytes += bytes;
    on_progress_(*progress_);
    LSMKV_RETURN_IF_ERROR(CheckCancelled());
    if (options_.bytes_per_second == 0) return absl::OkStatus();
    uint64_t now = env_->MonotonicMicros();
    const double seconds = static_cast<double>(bytes) /
                           static_cast<double>(options_.bytes_per_second);
    next_micros_ =
        std::max(next_micros_, now) + static_cast<uint64_t>(seconds * 1e6);
    for (; now < next_micros_; now = env_->MonotonicMicros()) {
      env_->SleepMicros(std::min(next_micros_ - now, kSleepMicrosMax));
      LSMKV_RETURN_IF_ERROR(CheckCancelled());
    }
    return absl::OkStatus();
  }

 private:
  Env* const env_;
  const VerifyOptions& options_;
  const std::atomic<bool>* const closing_;
  VerifyProgress* const progress_;
  const absl::FunctionRef<void(const VerifyProgress&)> on_progress_;
  uint64_t next_micros_ = 0;
};

class MeteredFile final : public RandomAccessFile {
 public:
  MeteredFile(std::unique_ptr<RandomAccessFile> file, Meter* meter)
      : file_(std::move(file)), meter_(meter) {}

  absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                        char* scratch) const override {
    auto bytes = file_->Read(offset, n, scratch);
    LSMKV_RETURN_IF_ERROR(meter_->Charge(bytes.ok() ? bytes->size() : 0));
    return bytes;
  }
  absl::StatusOr<uint64_t> Size() const override { return file_->Size(); }
  void ReadAhead(uint64_t offset, size_t n) const override {
    file_->ReadAhead(offset, n);
  }

 private:
  const std::unique_ptr<RandomAccessFile> file_;
  Meter* const meter_;
};

TableSummary ClaimsOf(const FileMeta& file) {
  TableSummary claims;
  claims.file_bytes = file.file_bytes;
  claims.file_checksum = file.checksum;
  claims.records = file.records;
  claims.tombstones = file.tombstones;
  claims.range_tombstones = file.range_tombstones;
  claims.smallest_sequence = file.smallest_sequence;
  claims.largest_sequence = file.largest_sequence;
  claims.smallest = file.smallest;
  claims.largest = file.largest;
  claims.shares = file.shares;
  return claims;
}

// Whether the value is in one of the files that the table holds.
absl::Status CheckReference(const FileMeta& table, const ValueRef& ref) {
  for (const ValuePtr& values : table.value_files) {
    if (values->number == ref.file) return values->reader->Check(ref);
  }
  return absl::NotFoundError("the table holds no such file");
}

// Too little of something in this process says nothing about the disk.
bool EndsTheCheck(const absl::Status& status) {
  return absl::IsCancelled(status) || absl::IsResourceExhausted(status);
}

}  // namespace

// One run over the store.
class StoreVerifier {
 public:
  StoreVerifier(Env* env, std::string dir, const VersionSet* versions,
                const WalSet* wals, const VerifyOptions& options,
                const std::atomic<bool>* closing,
                absl::FunctionRef<void(const VerifyFinding&)> on_finding,
                absl::FunctionRef<void(const VerifyProgress&)> on_progress)
      : env_(env),
        dir_(std::move(dir)),
        versions_(versions),
        wals_(wals),
        on_finding_(on_finding),
        on_progress_(on_progress),
        meter_(env, options, closing, &progress_, on_progress) {}

  absl::StatusOr<VerifyProgress> Run();

 private:
  absl::StatusOr<std::unique_ptr<RandomAccessFile>> OpenMetered(
      const std::string& path);
  void Report(VerifyFinding finding);
  void Report(const std::string& path, TableFinding finding);
  // Reports `status`, what became of a file, unless it is OK; returns it if
  // the check cannot go on.
  absl::Status FinishFile(const std::string& path, uint64_t offset,
                          const absl::Status& status);

  absl::Status CheckCurrent();
  absl::Status CheckManifest();
  absl::Status CheckLogs(const std::vector<WalSet::Extent>& extents);
  absl::Status CheckTable(const FileMeta& file);
  absl::Status CheckValues(const ValueMeta& values);

  Env* const env_;
  const std::string dir_;
  const VersionSet* const versions_;
  const WalSet* const wals_;
  const absl::FunctionRef<void(const VerifyFinding&)> on_finding_;
  const absl::FunctionRef<void(const VerifyProgress&)> on_progress_;
  VerifyProgress progress_;
  Meter meter_;
};

absl::StatusOr<VerifyProgress> StoreVerifier::Run() {
  // Tables are not kept from removal: one that a compaction replaces before
  // its turn need not be checked, and must not take space until then.
  std::vector<std::weak_ptr<const FileMeta>> tables;
  std::vector<std::weak_ptr<const ValueMeta>> value_files;
  const std::vector<WalSet::Extent> extents = wals_->extents();
  {
    const VersionSet::Logged logged = versions_->logged();
    progress_.bytes_total = logged.bytes;
    for (int n = 0; n < kLevels; ++n) {
      for (const FilePtr& file : logged.version->level(n)) {
        tables.push_back(file);
        progress_.bytes_total += file->file_bytes;
      }
    }
    for (const auto& [number, use] : logged.version->values()) {
      value_files.push_back(use.file);
      progress_.bytes_total += use.file->file_bytes;
    }
  }
  for (const WalSet::Extent& log : extents) progress_.bytes_total += log.bytes;
  progress_.files_total =
      2 + extents.size() + tables.size() + value_files.size();

  LSMKV_RETURN_IF_ERROR(CheckCurrent());
  LSMKV_RETURN_IF_ERROR(CheckManifest());
  LSMKV_RETURN_IF_ERROR(CheckLogs(extents));
  for (const std::weak_ptr<const FileMeta>& table : tables) {
    LSMKV_RETURN_IF_ERROR(meter_.CheckCancelled());
    if (const FilePtr file = table.lock()) {
      LSMKV_RETURN_IF_ERROR(CheckTable(*file));
    } else {
      LSMKV_RETURN_IF_ERROR(FinishFile("", 0, absl::OkStatus()));
    }
  }
  for (const std::weak_ptr<const ValueMeta>& values : value_files) {
    LSMKV_RETURN_IF_ERROR(meter_.CheckCancelled());
    if (const ValuePtr file = values.lock()) {
      LSMKV_RETURN_IF_ERROR(CheckValues(*file));
    } else {
      LSMKV_RETURN_IF_ERROR(FinishFile("", 0, absl::OkStatus()));
    }
  }
  return progress_;
}

absl::StatusOr<std::unique_ptr<RandomAccessFile>> StoreVerifier::OpenMetered(
    const std::string& path) {
  auto file = env_->NewRandomAccessFile(path);
  if (!file.ok()) return file.status();
  return std::make_unique<MeteredFile>(*std::move(file), &meter_);
}

void StoreVerifier::Report(VerifyFinding finding) {
  ++progress_.findings;
  on_finding_(finding);
}

void StoreVerifier::Report(const std::string& path, TableFinding finding) {
  Report({path, finding.offset, std::move(finding.smallest_key),
          std::move(finding.largest_key), std::move(finding.status)});
}

absl::Status StoreVerifier::FinishFile(const std::string& path, uint64_t offset,
                                       const absl::Status& status) {
  if (EndsTheCheck(status)) return status;
  if (absl::IsNotFound(status)) {
    Report({path, 0, "", "", DataLoss(path, 0, "the file is missing")});
  } else if (!status.ok()) {
    Report({path, offset, "", "", status});
  }
  ++progress_.files;
  on_progress_(progress_);
  return absl::OkStatus();
}

absl::Status StoreVerifier::CheckCurrent() {
  const std::string path = CurrentPath(dir_);
  absl::Status status;
  for (int i = 0; i < kAttempts; ++i) {
    const VersionSet::Logged logged = versions_->logged();
    const uint64_t before = logged.manifest_number;
    const absl::StatusOr<uint64_t> named = ReadCurrent(env_, dir_);
    status = named.status();
    if (status.ok() && *named != before && !logged.failed) {
      status = DataLoss(path, 0, "it names ", ManifestName(*named), ", not ",
                        ManifestName(before));
    }
    if (status.ok() || versions_->logged().manifest_number == before) break;
  }
  return FinishFile(path, 0, status);
}

absl::Status StoreVerifier::CheckManifest() {
  std::string path;
  LogCheck result;
  for (int i = 0; i < kAttempts; ++i) {
    const VersionSet::Logged logged = versions_->logged();
    path = ManifestPath(dir_, logged.manifest_number);
    auto file = OpenMetered(path);
    result = file.ok() ? CheckManifestLog(*std::move(file), path, logged)
                       : LogCheck{file.status(), 0};
    if (result.status.ok() ||
        versions_->logged().manifest_number == logged.manifest_number) {
      break;
    }
  }
  return FinishFile(path, result.offset, result.status);
}

absl::Status StoreVerifier::CheckLogs(
    const std::vector<WalSet::Extent>& extents) {
  std::optional<SequenceNumber> last;
  for (const WalSet::Extent& extent : extents) {
    LSMKV_RETURN_IF_ERROR(meter_.CheckCancelled());
    const std::string path = WalPath(dir_, extent.number);
    auto file = OpenMetered(path);
    LogCheck result{file.status(), 0};
    if (file.ok()) {
      result = CheckWal(*std::move(file), path, extent, &last);
    } else {
      last.reset();
    }
    // It may have been flushed meanwhile, and removed or used again.
    if (!result.status.ok() && !EndsTheCheck(result.status) &&
        !versions_->live_wals().contains(extent.number)) {
      result.status = absl::OkStatus();
    }
    LSMKV_RETURN_IF_ERROR(FinishFile(path, result.offset, result.status));
  }
  return absl::OkStatus();
}

absl::Status StoreVerifier::CheckTable(const FileMeta& meta) {
  const std::string path = TablePath(dir_, meta.number);
  auto file = OpenMetered(path);
  if (!file.ok()) {
    if (EndsTheCheck(file.status())) return file.status();
    const absl::Status status =
        absl::IsNotFound(file.status())
            ? DataLoss(path, 0, "a table of the store is missing")
            : file.status();
    Report({path, 0, std::string(meta.smallest_user()),
            std::string(meta.largest_user()), status});
    return FinishFile(path, 0, absl::OkStatus());
  }
  const TableSummary claims = ClaimsOf(meta);
  return FinishFile(
      path, 0,
      VerifyTable(
          *meta.reader, *std::move(file), claims,
          [&](const ValueRef& ref) { return CheckReference(meta, ref); },
          [&](TableFinding finding) { Report(path, std::move(finding)); }));
}

absl::Status StoreVerifier::CheckValues(const ValueMeta& meta) {
  const std::string path = ValuePath(dir_, meta.number);
  auto file = OpenMetered(path);
  if (!file.ok()) return FinishFile(path, 0, file.status());
  return FinishFile(path, 0,
                    VerifyValues(*meta.reader, *std::move(file), meta.checksum,
                                 [&](TableFinding finding) {
                                   Report(path, std::move(finding));
                                 }));
}

absl::StatusOr<VerifyProgress> DbImpl::Verify(
    const VerifyOptions& options,
    absl::FunctionRef<void(const VerifyFinding&)> on_finding,
    absl::FunctionRef<void(const VerifyProgress&)> on_progress) const {
  {
    MutexLock lock(&mu_);
    if (closed_) return absl::CancelledError("the store is closed");
    ++verifies_running_;
  }
  StoreVerifier verifier(env_, dir_, &versions_, wals_.get(), options,
                         &closing_, on_finding, on_progress);
  absl::StatusOr<VerifyProgress> result = verifier.Run();
  // What it held back last may be free to go.
  garbage_wanted_.store(true);
  MutexLock lock(&mu_);
  work_wanted_.SignalAll();
  --verifies_running_;
  progress_.SignalAll();
  return result;
}

}  // namespace lsmkv::engine
