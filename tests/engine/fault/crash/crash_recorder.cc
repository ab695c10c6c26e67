#include "tests/engine/fault/crash/crash_recorder.h"

#include <utility>

#include "engine/src/util/coding.h"
#include "engine/src/util/status.h"
#include "engine/src/version/version_edit.h"
#include "engine/src/wal/log_format.h"

namespace lsmkv::engine {
namespace {

// A batch of so many bytes lies in several pages.
constexpr size_t kLargeAppendBytes = 3 * kSimPageBytes;

FileKind KindOf(std::string_view path) {
  // Of a rename, what it replaces.
  return ParseFileName(path.substr(path.find_last_of('/') + 1)).kind;
}

// Counts the records in what is appended to a log, and sees a seal.
void DescribeRecords(std::string_view data, Moment* moment) {
  if (data.substr(0, kLogMagic.size()) == kLogMagic) {
    data.remove_prefix(std::min(data.size(), kLogHeaderBytes));
  }
  while (data.size() >= kLogRecordHeaderBytes) {
    ++moment->records;
    const auto type = static_cast<LogRecordType>(data[8]);
    moment->seal = moment->seal || type == LogRecordType::kSeal;
    const uint64_t bytes = LogRecordBytes(DecodeFixed32(data.data() + 4));
    data.remove_prefix(std::min<uint64_t>(data.size(), bytes));
  }
}

const char* PhaseName(Phase phase) {
  static constexpr const char* kNames[] = {"create", "run", "close", "recover"};
  return kNames[static_cast<size_t>(phase)];
}

}  // namespace

std::string Moment::ToString() const {
  if (!note.empty()) return Concat("moment #", number, " ", note);
  return Concat("moment #", number, " ", PhaseName(phase), ": ",
                before ? "before " : "after ", SimOpName(op), " ", path,
                " durable=", durable_version);
}

CrashRecorder::CrashRecorder(SimEnv* env, std::function<uint64_t()> durable)
    : env_(env), durable_(std::move(durable)) {}

void CrashRecorder::Start(uint32_t ops, uint64_t append_period) {
  append_period_ = append_period;
  env_->SetObserver(ops, [this](const SimEvent& event) { OnEvent(event); });
}

void CrashRecorder::Stop() { env_->SetObserver(0, nullptr); }

void CrashRecorder::Take(const std::string& note) {
  // What is durable must be known before the disk is frozen, or a write that
  // becomes durable in between would be missed.
  Moment moment;
  moment.durable_version = durable_();
  moment.tree = env_->Freeze();
  moment.note = note;
  moment.phase = phase_.load();
  moment.thread = std::this_thread::get_id();
  MutexLock lock(&mu_);
  moment.number = ++next_number_;
  moments_.push_back(std::move(moment));
}

void CrashRecorder::OnEvent(const SimEvent& event) {
  if (event.before || event.ok) {
    const uint64_t durable = durable_();
    bool wanted;
    Moment moment;
    {
      MutexLock lock(&mu_);
      moment = Describe(event);
      wanted = Wanted(moment);
    }
    if (wanted) {
      moment.durable_version = durable;
      moment.tree = env_->Freeze();
      MutexLock lock(&mu_);
      moment.number = ++next_number_;
      // The job of what is made for an edit is known when the edit is.
      const bool table = moment.file == FileKind::kTable ||
                         moment.last_file == FileKind::kTable;
      if (table && moment.op != kSimRemove) {
        threads_[moment.thread].undecided.push_back(moments_.size());
      }
      moments_.push_back(std::move(moment));
    }
  }
  std::shared_ptr<const SimObserver> hook;
  {
    MutexLock lock(&mu_);
    hook = hook_;
  }
  if (hook != nullptr) (*hook)(event);
}

void CrashRecorder::WillBeAbandoned(std::string_view path) {
  MutexLock lock(&mu_);
  abandoned_.insert(std::string(path));
}

void CrashRecorder::SetHook(SimObserver hook) {
  MutexLock lock(&mu_);
  hook_ = hook == nullptr
              ? nullptr
              : std::make_shared<const SimObserver>(std::move(hook));
}

Moment CrashRecorder::Describe(const SimEvent& event) {
  Moment moment;
  moment.phase = phase_.load();
  moment.op = event.op;
  moment.before = event.before;
  moment.path = std::string(event.path);
  moment.file = KindOf(event.path);
  moment.thread = std::this_thread::get_id();
  moment.iterator_open = iterator_open_.load();
  moment.bytes = event.data.size();
  if (moment.file == FileKind::kWal || moment.file == FileKind::kManifest) {
    DescribeRecords(event.data, &moment);
  }
  const auto begun = std::make_pair(moment.phase, moment.path);
  if (moment.file == FileKind::kManifest && event.op == kSimCreate) {
    manifests_.insert(begun);
  }
  moment.new_manifest = manifests_.count(begun) > 0;
  // CURRENT names it now.
  if (event.op == kSimRename && !event.before) manifests_.clear();
  moment.abandoned =
      event.op == kSimRemove && abandoned_.count(moment.path) > 0;
  ThreadState& state = threads_[moment.thread];
  moment.last_op = state.last_op;
  moment.last_file = state.last_file;
  if (!event.before) {
    state.last_op = event.op;
    state.last_file = moment.file;
  } else if (event.op == kSimAppend) {
    LearnJob(moment, event.data, &state);
  }
  moment.job = state.job;
  return moment;
}

void CrashRecorder::LearnJob(const Moment& moment, std::string_view data,
                             ThreadState* state) {
  if (moment.file != FileKind::kManifest || moment.records == 0) return;
  if (moment.phase != Phase::kRun && moment.phase != Phase::kClose) return;
  const auto edit = VersionEdit::Decode(
      data.substr(kLogRecordHeaderBytes, DecodeFixed32(data.data() + 4)),
      moment.path, 0);
  if (!edit.ok()) return;
  state->job = moment.new_manifest            ? Job::kRoll
               : !edit->removed_files.empty() ? Job::kCompaction
               : !edit->removed_wals.empty()  ? Job::kFlush
                                              : Job::kNewWal;
  for (const size_t i : state->undecided) moments_[i].job = state->job;
  state->undecided.clear();
}

bool CrashRecorder::Wanted(const Moment& moment) {
  // Reads change nothing: those of logs stand for how far a replay has come.
  if (moment.op == kSimRead) return moment.file == FileKind::kWal;
  if (moment.op == kSimAppend) {
    if (moment.file != FileKind::kWal) return !moment.before;
    const bool special =
        moment.seal || moment.records != 1 || moment.bytes >= kLargeAppendBytes;
    return (special && !moment.before) || ++appends_ % append_period_ == 0;
  }
  if (moment.op == kSimOverwrite) return ++appends_ % append_period_ == 0;
  const uint32_t both = kSimSync | kSimSyncDir | kSimRename | kSimRemove;
  return !moment.before || (moment.op & both) != 0;
}

std::vector<Moment> CrashRecorder::Finish() {
  Stop();
  MutexLock lock(&mu_);
  threads_.clear();
  return std::move(moments_);
}

}  // namespace lsmkv::engine
