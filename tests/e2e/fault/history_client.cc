#include "tests/e2e/fault/history_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lsmkv {
namespace {

// What is stored for a value of the history: some are large, so that
// memtables fill up.
std::string Stored(const std::string& value) {
  const size_t hash = std::hash<std::string>()(value);
  const size_t size = hash % 8 == 0 ? 3000 : hash % 50;
  return absl::StrCat(value, ":", std::string(size, value.back()));
}

std::string ValueOf(const std::string& stored) {
  std::string value = stored.substr(0, stored.find(':'));
  if (value.empty() || Stored(value) != stored) value += "(damaged)";
  return value;
}

absl::Status Finish(const absl::StatusOr<uint64_t>& version, HistoryOp* op) {
  if (version.ok()) op->version = *version;
  return version.status();
}

}  // namespace

void HistoryClient::Run() {
  while (task_->calls_left.fetch_sub(1) > 0) {
    const Call call = Choose();
    std::optional<client::Client> client = task_->server->Connect();
    while (client && !Do(*client, call)) client = task_->server->Connect();
    if (!client || !failure_.ok()) return;
  }
}

void HistoryClient::ReadAll(const client::Client& client) {
  Do(client, &HistoryClient::ScanStream);
}

HistoryClient::Call HistoryClient::Choose() {
  const uint64_t kind = rng_.Uniform(100);
  if (kind < 26) return &HistoryClient::Get;
  if (kind < 36) return &HistoryClient::BatchGet;
  if (kind < 43) return &HistoryClient::ScanPages;
  if (kind < 50) return &HistoryClient::ScanStream;
  if (kind < 75) return &HistoryClient::Put;
  if (kind < 83) return &HistoryClient::Delete;
  if (kind < 87) return &HistoryClient::DeleteRange;
  return &HistoryClient::Batch;
}

bool HistoryClient::Do(const client::Client& client, Call call) {
  HistoryOp op;
  op.client = id_;
  op.call = task_->recorder.Now();
  const absl::Status status = (this->*call)(client, &op);
  switch (OutcomeOf(status)) {
    case Outcome::kDone:
      op.ret = task_->recorder.Now();
      task_->recorder.Add(std::move(op));
      return true;
    case Outcome::kNotSent:
      return false;
    case Outcome::kWrong:
      failure_ = status;
      break;
    case Outcome::kUnknown:
      break;
  }
  ++task_->unknown;
  // A read that failed says nothing.
  if (op.is_write()) task_->recorder.Add(std::move(op));
  return true;
}

absl::Status HistoryClient::Get(const client::Client& client, HistoryOp* op) {
  op->name = "get";
  const std::string& key = AnyKey();
  const absl::StatusOr<client::Value> value = client.Get(key);
  if (absl::IsNotFound(value.status())) {
    op->cells.push_back({key, std::nullopt, 0});
    return absl::OkStatus();
  }
  if (!value.ok()) return value.status();
  op->cells.push_back({key, ValueOf(value->data), value->version});
  return absl::OkStatus();
}

absl::Status HistoryClient::BatchGet(const client::Client& client,
                                     HistoryOp* op) {
  op->name = "batch_get";
  const std::vector<std::string> keys = SomeKeys();
  const auto values = client.BatchGet(keys);
  if (!values.ok()) return values.status();
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::optional<client::Value>& value = (*values)[i];
    op->cells.push_back({keys[i], std::nullopt, 0});
    if (!value) continue;
    op->cells.back().value = ValueOf(value->data);
    op->cells.back().version = value->version;
  }
  return absl::OkStatus();
}

client::ScanOptions HistoryClient::ScanAll() {
  client::ScanOptions scan;
  scan.range = client::KeyRange::Prefix(task_->prefix);
  scan.reverse = rng_.OneIn(3);
  return scan;
}

absl::Status HistoryClient::ScanPages(const client::Client& client,
                                      HistoryOp* op) {
  op->name = "scan_pages";
  const client::ScanOptions scan = ScanAll();
  client::PageOptions options;
  options.page_size = static_cast<int32_t>(rng_.Between(1, 3));
  std::vector<client::Record> records;
  do {
    absl::StatusOr<client::Page> page = client.ScanPage(scan, options);
    if (!page.ok()) return page.status();
    options.page_token = page->next_page_token;
    for (client::Record& record : page->records) {
      records.push_back(std::move(record));
    }
  } while (!options.page_token.empty());
  FillFromScan(records, op);
  return absl::OkStatus();
}

absl::Status HistoryClient::ScanStream(const client::Client& client,
                                       HistoryOp* op) {
  op->name = "scan_stream";
  std::vector<client::Record> records;
  client::ScanRange range = client.Scan(ScanAll());
  for (auto& record : range) {
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  op->version = range.snapshot_version();
  FillFromScan(records, op);
  return absl::OkStatus();
}

void HistoryClient::FillFromScan(const std::vector<client::Record>& records,
                                 HistoryOp* op) {
  std::map<std::string, const client::Record*> found;
  for (const client::Record& record : records) {
    // Also what should not be there, or is there twice, shows as a value that
    // nobody wrote.
    const bool known =
        std::count(task_->keys.begin(), task_->keys.end(), record.key) == 1;
    if (!known || !found.emplace(record.key, &record).second) {
      op->cells.push_back({record.key, "(not expected)", record.version});
    }
  }
  for (const std::string& key : task_->keys) {
    op->cells.push_back({key, std::nullopt, 0});
    const auto it = found.find(key);
    if (it == found.end()) continue;
    op->cells.back().value = ValueOf(it->second->value);
    op->cells.back().version = it->second->version;
  }
}

absl::Status HistoryClient::Put(const client::Client& client, HistoryOp* op) {
  op->name = "put";
  op->kind = HistoryOp::Kind::kWrite;
  op->cells.push_back({AnyKey(), NewValue(), 0});
  return Finish(client.Put(op->cells[0].key, Stored(*op->cells[0].value)), op);
}

absl::Status HistoryClient::Delete(const client::Client& client,
                                   HistoryOp* op) {
  op->name = "delete";
  op->kind = HistoryOp::Kind::kWrite;
  op->cells.push_back({AnyKey(), std::nullopt, 0});
  return Finish(client.Delete(op->cells[0].key), op);
}

absl::Status HistoryClient::DeleteRange(const client::Client& client,
                                        HistoryOp* op) {
  op->name = "delete_range";
  op->kind = HistoryOp::Kind::kWrite;
  const size_t first = rng_.Uniform(task_->keys.size() - 1);
  const size_t last = rng_.Between(first + 1, task_->keys.size() - 1);
  for (size_t i = first; i < last; ++i) {
    op->cells.push_back({task_->keys[i], std::nullopt, 0});
  }
  return Finish(client.DeleteRange(client::KeyRange::Between(
                    task_->keys[first], task_->keys[last])),
                op);
}

absl::Status HistoryClient::Batch(const client::Client& client, HistoryOp* op) {
  op->name = "batch";
  op->kind = HistoryOp::Kind::kWrite;
  client::WriteBatch batch;
  for (const std::string& key : SomeKeys()) {
    op->cells.push_back({key, std::nullopt, 0});
    if (rng_.OneIn(4)) {
      batch.Delete(key);
    } else {
      op->cells.back().value = NewValue();
      batch.Put(key, Stored(*op->cells.back().value));
    }
  }
  op->steps = op->cells.size();
  return Finish(client.BatchWrite(std::move(batch)), op);
}

const std::string& HistoryClient::AnyKey() {
  return task_->keys[rng_.Uniform(task_->keys.size())];
}

// At least two, in any order.
std::vector<std::string> HistoryClient::SomeKeys() {
  std::vector<std::string> keys = task_->keys;
  std::shuffle(keys.begin(), keys.end(), rng_);
  keys.resize(rng_.Between(2, keys.size()));
  return keys;
}

std::string HistoryClient::NewValue() {
  return absl::StrCat(id_, ".", ++values_);
}

}  // namespace lsmkv
