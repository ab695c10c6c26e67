#include "tests/engine/fault/errors/error_workload.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

#include "engine/src/format/batch.h"
#include "engine/src/format/file_names.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::engine {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);

std::string Key(uint64_t n) { return "key" + std::to_string(n); }

bool IsHard(const absl::Status& error) {
  return !error.ok() && !absl::IsResourceExhausted(error);
}

absl::StatusOr<std::map<std::string, std::string>> Contents(DB* db) {
  std::map<std::string, std::string> contents;
  const auto it = db->NewIterator({});
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    contents[std::string(it->key())] = std::string(it->value());
  }
  if (!it->status().ok()) return it->status();
  return contents;
}

}  // namespace

ErrorWorkload::ErrorWorkload(Style style, uint64_t seed, SiteEnv* env)
    : style_(style), rng_(seed), env_(env) {}

Options ErrorWorkload::MakeOptions(Env* env) {
  Options options;
  options.env = env;
  if (env == env_) options.listener = this;
  options.memtable_bytes = 64 << 10;
  options.memtables_max = 2;
  options.block_cache_bytes = 0;
  options.block_bytes = 1024;
  options.table_bytes = 64 << 10;
  options.l0_trigger = 2;
  options.idle_compaction_ms = 0;  // the clock has no say in a run
  options.value_separation_bytes = style_ == Style::kSmallValues ? 200 : 4000;
  options.compression = Compression::kNone;
  options.compression_bottom = Compression::kNone;
  options.durability = Durability::kOs;
  return options;
}

void ErrorWorkload::Run() {
  const int rounds = style_ == Style::kSmallValues ? 4 : 3;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0 && db_ != nullptr) Close();
    Round(round);
  }
}

void ErrorWorkload::Round(int round) {
  Open();
  if (db_ == nullptr) return;
  std::unique_ptr<Snapshot> snapshot;
  Model snapshot_model;
  for (int part = 0; part < 3; ++part) {
    for (int i = 0; i < 8; ++i) Write();
    if (style_ == Style::kSmallValues) Flush();
    CheckGets(nullptr, model());
    if (part == 0) {
      snapshot = db_->GetSnapshot();
      snapshot_model = model();
    }
    if (part == round % 3) Compact();
    CheckScan(nullptr, model(), /*reverse=*/part == 1);
    db_->WaitForIdle().IgnoreError();  // an error shows elsewhere too
  }
  CheckScan(snapshot.get(), snapshot_model, /*reverse=*/false);
  CheckGets(snapshot.get(), snapshot_model);
  snapshot.reset();
  Verify();
  // These are in the log only. Where there are none, the next opening leaves
  // the new MANIFEST to the flush thread.
  for (int i = 0; i < 4; ++i) Write();
  if (round % 2 == 1) Flush();
}

void ErrorWorkload::Open() {
  auto opened = DB::Open(MakeOptions(env_), "/db");
  // What failed once need not fail twice.
  if (!opened.ok()) opened = DB::Open(MakeOptions(env_), "/db");
  if (!opened.ok()) {
    EXPECT_FALSE(absl::IsDataLoss(opened.status())) << opened.status();
    EXPECT_GT(env_->faults(), 0u) << opened.status();
    return;
  }
  db_ = *std::move(opened);
  auto read = Contents(db_.get());
  if (!read.ok()) read = Contents(db_.get());
  if (!read.ok()) {  // without knowing what is there, nothing can be checked
    EXPECT_GT(env_->faults(), 0u) << read.status();
    db_.reset();
    return;
  }
  Model contents = *std::move(read);
  ExpectPossible(contents, history_.size() - 1);
  // It is there or not, and stays so.
  if (contents != model()) history_.push_back(std::move(contents));
  in_doubt_.reset();
  durable_ = history_.size() - 1;  // recovered means written anew
}

void ErrorWorkload::Close() {
  const absl::Status closed = db_->Close();
  if (closed.ok()) durable_ = history_.size() - 1;
  db_.reset();
}

void ErrorWorkload::Apply(const WriteBatch& batch, Model* model) {
  BatchReader reader(batch.encoded());
  BatchOperation op;
  while (reader.Next(&op)) {
    const std::string key(op.key);
    if (op.type == ValueType::kPut) {
      (*model)[key] = std::string(op.value);
    } else if (op.type == ValueType::kDelete) {
      model->erase(key);
    } else {
      model->erase(model->lower_bound(key),
                   model->lower_bound(std::string(op.value)));
    }
  }
}

size_t ErrorWorkload::ValueBytes() {
  // Of the large ones a dozen fill a memtable.
  return style_ == Style::kLargeValues ? 3000 + rng_.Uniform(5000)
                                       : 20 + rng_.Uniform(400);
}

void ErrorWorkload::Write() {
  WriteBatch batch;
  for (uint64_t i = rng_.OneIn(3) ? 4 : 1; i > 0; --i) {
    const uint64_t key = rng_.Uniform(40);
    const uint64_t kind = rng_.Uniform(10);
    if (kind < 7) {
      batch.Put(Key(key), rng_.Letters(ValueBytes()));
    } else if (kind < 9) {
      batch.Delete(Key(key));
    } else {
      batch.DeleteRange(Key(key), Key(key) + "5");
    }
  }
  WriteOptions options;
  if (rng_.OneIn(3)) options.durability = Durability::kSync;
  Model next = model();
  Apply(batch, &next);
  const bool stopped = IsHard(db_->background_error());
  const absl::Status status = db_->Write(options, batch).status();
  if (status.ok()) {
    EXPECT_FALSE(stopped) << "a write succeeded after a hard error";
    history_.push_back(std::move(next));
    in_doubt_.reset();
    if (options.durability) durable_ = history_.size() - 1;
  } else {
    EXPECT_GT(env_->faults(), 0u) << status;
    if (!in_doubt_) in_doubt_ = std::move(next);
  }
}

void ErrorWorkload::Flush() {
  if (db_->Flush().ok()) durable_ = history_.size() - 1;
}

void ErrorWorkload::Compact() {
  if (db_->CompactRange(std::nullopt, std::nullopt).ok()) {
    durable_ = history_.size() - 1;
  }
}

void ErrorWorkload::Verify() {
  const auto verified = db_->Verify(
      {},
      [&](const VerifyFinding& finding) {
        EXPECT_GT(env_->faults(), 0u) << finding.status;
      },
      [](const VerifyProgress&) {});
  if (!verified.ok()) EXPECT_GT(env_->faults(), 0u) << verified.status();
}

void ErrorWorkload::CheckGets(const Snapshot* snapshot, const Model& model) {
  ReadOptions options;
  options.snapshot = snapshot;
  PinnedValue value;
  for (int i = 0; i < 4; ++i) {
    const std::string key = Key(rng_.Uniform(40));
    const absl::Status status = db_->Get(options, key, &value);
    const auto expected = model.find(key);
    if (status.ok()) {
      EXPECT_TRUE(expected != model.end() && value.view() == expected->second)
          << key;
    } else if (absl::IsNotFound(status)) {
      EXPECT_TRUE(expected == model.end()) << key;
    } else {
      EXPECT_GT(env_->faults(), 0u) << status;
    }
  }
}

void ErrorWorkload::CheckScan(const Snapshot* snapshot, const Model& model,
                              bool reverse) {
  ReadOptions options;
  options.snapshot = snapshot;
  std::vector<std::pair<std::string, std::string>> expected(model.begin(),
                                                            model.end());
  if (reverse) std::reverse(expected.begin(), expected.end());
  const auto it = db_->NewIterator(options);
  size_t i = 0;
  for (reverse ? it->SeekToLast() : it->SeekToFirst(); it->Valid();
       reverse ? it->Prev() : it->Next(), ++i) {
    ASSERT_LT(i, expected.size());
    ASSERT_EQ(it->key(), expected[i].first);
    ASSERT_EQ(it->value(), expected[i].second);
  }
  if (it->status().ok()) {
    EXPECT_EQ(i, expected.size()) << "a scan ended early, with OK";
  } else {
    EXPECT_GT(env_->faults(), 0u) << it->status();
  }
}

void ErrorWorkload::OnWritesResumed() { resumed_.SignalAll(); }

bool ErrorWorkload::WaitUntilWritesResume() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!db_->background_error().ok()) {
    if (std::chrono::steady_clock::now() > end) return false;
    MutexLock lock(&mu_);
    resumed_.WaitFor(&mu_, 10'000);  // the signal may have come before
  }
  return true;
}

void ErrorWorkload::CheckWritable() {
  // Whatever was failing has failed by then.
  db_->WaitForIdle().IgnoreError();
  if (IsHard(db_->background_error())) {
    EXPECT_STATUS(db_->Put({}, "resumed", "1"),
                  absl::StatusCode::kFailedPrecondition);
    EXPECT_FALSE(db_->Flush().ok());
    return;
  }
  ASSERT_TRUE(WaitUntilWritesResume()) << db_->background_error();
  WriteOptions options;
  options.durability = Durability::kSync;
  ASSERT_OK(db_->Put(options, "resumed", "1"));
  history_.push_back(model());
  history_.back()["resumed"] = "1";
  in_doubt_.reset();
  durable_ = history_.size() - 1;
}

void ErrorWorkload::CheckWorksAgain() {
  if (db_ == nullptr) Open();
  ASSERT_NE(db_, nullptr) << "the store does not open";
  ASSERT_NO_FATAL_FAILURE(CheckWritable());
  ASSERT_OK_AND_ASSIGN(const Model contents, Contents(db_.get()));
  ASSERT_EQ(contents, model());
  ASSERT_NO_FATAL_FAILURE(CheckScan(nullptr, model(), /*reverse=*/true));
  CheckGets(nullptr, model());
}

void ErrorWorkload::ExpectPossible(const Model& contents, size_t at_least) {
  if (in_doubt_ && *in_doubt_ == contents) return;
  for (size_t i = history_.size(); i-- > at_least;) {
    if (history_[i] == contents) return;
  }
  ADD_FAILURE() << "what is there is no state that may be: " << contents.size()
                << " records, where " << model().size() << " were written in "
                << history_.size() - 1 << " writes, durable up to " << durable_;
}

void ErrorWorkload::CheckCrash(CrashMode mode, uint64_t seed) {
  const auto image = env_->sim()->CrashImage(mode, seed);
  auto opened = DB::Open(MakeOptions(image.get()), "/db");
  ASSERT_OK(opened);
  ASSERT_OK_AND_ASSIGN(const Model contents, Contents(opened->get()));
  ExpectPossible(contents, durable_);
  EXPECT_OK((*opened)->Put({}, "after", "1"));
}

void ErrorWorkload::CheckReopen() {
  const bool stopped = !db_->background_error().ok();
  const absl::Status closed = db_->Close();
  if (!stopped) EXPECT_OK(closed);
  db_.reset();
  EXPECT_EQ(env_->open_files(), 0u);
  Open();
  ASSERT_NE(db_, nullptr);
  EXPECT_OK(db_->Put({}, "after", "1"));
  EXPECT_OK(db_->Flush());
  EXPECT_OK(db_->WaitForIdle());
  CheckNoFileIsLeft();
}

void ErrorWorkload::CheckNoFileIsLeft() {
  // The last readers of old tables may be a moment late to let go of them.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!OnlyNeededFiles()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "files are left over";
    std::this_thread::yield();
  }
  EXPECT_OK(db_->Close());
  db_.reset();
}

bool ErrorWorkload::OnlyNeededFiles() {
  std::map<FileKind, uint64_t> files;
  const auto names = env_->sim()->ListDir("/db");
  for (const std::string& name : *names) ++files[ParseFileName(name).kind];
  uint64_t tables = 0;
  for (const LevelStats& level : db_->GetStats().levels) tables += level.files;
  return files[FileKind::kTable] == tables && files[FileKind::kManifest] == 1 &&
         files[FileKind::kWal] == 2 && files[FileKind::kCurrentTemp] == 0;
}

}  // namespace lsmkv::engine
