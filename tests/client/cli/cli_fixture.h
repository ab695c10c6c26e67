// Runs the program in this process, over a mock connection and string streams.

#ifndef LSMKV_TESTS_CLIENT_CLI_CLI_FIXTURE_H_
#define LSMKV_TESTS_CLIENT_CLI_CLI_FIXTURE_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/app.h"
#include "lsmkv/client/client.h"
#include "lsmkv/client/mocks/mock_connection.h"

namespace lsmkv::cli {

// A mock that answers from a map unless a test expects something else.
class FakeStore : public testing::NiceMock<client::MockConnection> {
 public:
  FakeStore();

  std::map<std::string, std::string> records;
  uint64_t version = 0;

 private:
  client::ScanRange ScanAll(const client::ScanOptions& scan) const;
  uint64_t Apply(client::WriteBatch batch);
};

inline bool IsInRange(const std::string& key, const client::KeyRange& range) {
  return key.compare(0, range.prefix.size(), range.prefix) == 0 &&
         key >= range.start && (range.end.empty() || key < range.end);
}

inline FakeStore::FakeStore() {
  using testing::_;
  ON_CALL(*this, Get(_, _))
      .WillByDefault(
          [this](std::string_view key,
                 const client::CallOptions&) -> absl::StatusOr<client::Value> {
            const auto it = records.find(std::string(key));
            if (it == records.end()) return absl::NotFoundError("absent");
            return client::Value{it->second, 7};
          });
  ON_CALL(*this, Put(_, _, _))
      .WillByDefault([this](std::string_view key, std::string_view value,
                            const client::CallOptions&) {
        records[std::string(key)] = std::string(value);
        return ++version;
      });
  ON_CALL(*this, Delete(_, _))
      .WillByDefault([this](std::string_view key, const client::CallOptions&) {
        records.erase(std::string(key));
        return ++version;
      });
  ON_CALL(*this, Scan(_, _))
      .WillByDefault(
          [this](const client::ScanOptions& scan, const client::CallOptions&) {
            return ScanAll(scan);
          });
  ON_CALL(*this, AsyncWrite(_, _, _))
      .WillByDefault([this](client::WriteBatch batch,
                            const client::CallOptions&,
                            client::WriteCallback done) {
        done(Apply(std::move(batch)));
      });
  ON_CALL(*this, GetLimits(_)).WillByDefault([](const client::CallOptions&) {
    client::Limits limits;
    limits.key_bytes_max = 100;
    limits.value_bytes_max = 1000;
    limits.batch_bytes_max = 5000;
    limits.batch_operations_max = 50;
    return limits;
  });
  ON_CALL(*this, Flush(_)).WillByDefault(testing::Return(absl::OkStatus()));
  ON_CALL(*this, Compact(_, _))
      .WillByDefault(testing::Return(absl::OkStatus()));
}

inline client::ScanRange FakeStore::ScanAll(
    const client::ScanOptions& scan) const {
  std::vector<client::Record> found;
  for (const auto& [key, value] : records) {
    if (!IsInRange(key, scan.range)) continue;
    found.push_back({key, scan.keys_only ? std::string() : value, 7});
  }
  if (scan.reverse) std::reverse(found.begin(), found.end());
  if (scan.limit != 0 && found.size() > scan.limit) found.resize(scan.limit);
  return client::MakeScanRange(std::move(found));
}

inline uint64_t FakeStore::Apply(client::WriteBatch batch) {
  for (const auto& operation : batch.operations()) {
    records[operation.key] = operation.value;
    ++version;
  }
  return version;
}

class CliTest : public testing::Test {
 protected:
  struct Result {
    int code = 0;
    std::string out;
    std::string err;
  };

  // `lsmkv words...` with `input` on stdin.
  Result Run(const std::vector<std::string>& words,
             const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    App app;
    app.io = io_template;
    app.io.in = &in;
    app.io.out = &out;
    app.io.err = &err;
    app.environment =
        [this](const std::string& name) -> std::optional<std::string> {
      const auto it = environment.find(name);
      if (it == environment.end()) return std::nullopt;
      return it->second;
    };
    app.connect = [this](const Settings& settings) {
      ++connects;
      endpoint = settings.endpoint;
      return store;
    };
    app.make_editor = make_editor;
    const ExitCode code = RunApp(app, words);
    return {static_cast<int>(code), out.str(), err.str()};
  }

  // The lines of a script on stdin.
  Result Script(const std::string& lines) { return Run({}, lines); }

  std::shared_ptr<FakeStore> store = std::make_shared<FakeStore>();
  Io io_template;  // its terminal flags
  std::map<std::string, std::string> environment;
  std::function<std::unique_ptr<LineEditor>()> make_editor;
  int connects = 0;
  std::string endpoint;  // of the last connection
};

}  // namespace lsmkv::cli

#endif  // LSMKV_TESTS_CLIENT_CLI_CLI_FIXTURE_H_
