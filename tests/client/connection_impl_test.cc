#include "client/src/connection_impl.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "lsmkv/client/client.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_stub.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::client {
namespace {

using std::chrono::milliseconds;

class ConnectionImplTest : public testing::Test {
 protected:
  const std::shared_ptr<FakeStub> stub_ = std::make_shared<FakeStub>();
  FakeClock clock_;
  const Client client_{MakeConnectionOver(stub_, &clock_)};
};

// Every operation that waits, by name.
std::vector<std::pair<std::string, std::function<absl::Status(
                                       const Client&, const CallOptions&)>>>
Operations() {
  return {
      {"Get", [](auto& c, auto& o) { return c.Get("k", o).status(); }},
      {"BatchGet", [](auto& c, auto& o) { return c.BatchGet({}, o).status(); }},
      {"Scan",
       [](auto& c, auto& o) {
         for (const auto& record : c.Scan({}, o)) return record.status();
         return absl::OkStatus();
       }},
      {"ScanPage",
       [](auto& c, auto& o) { return c.ScanPage({}, {}, o).status(); }},
      {"Put", [](auto& c, auto& o) { return c.Put("k", "v", o).status(); }},
      {"Delete", [](auto& c, auto& o) { return c.Delete("k", o).status(); }},
      {"DeleteRange",
       [](auto& c, auto& o) { return c.DeleteRange({}, true, o).status(); }},
      {"BatchWrite",
       [](auto& c, auto& o) { return c.BatchWrite({}, o).status(); }},
      {"GetStats", [](auto& c, auto& o) { return c.GetStats(o).status(); }},
      {"GetLimits", [](auto& c, auto& o) { return c.GetLimits(o).status(); }},
      {"Flush", [](auto& c, auto& o) { return c.Flush(o); }},
      {"Compact", [](auto& c, auto& o) { return c.Compact({}, o); }},
      {"Health", [](auto& c, auto& o) { return c.Health(o).status(); }},
  };
}

bool IsWrite(const std::string& name) {
  return name == "Put" || name == "Delete" || name == "DeleteRange" ||
         name == "BatchWrite";
}

TEST_F(ConnectionImplTest, OnlyWhatChangesNothingIsRetriedByDefault) {
  for (const auto& [name, run] : Operations()) {
    stub_->calls.clear();
    stub_->script = {absl::UnavailableError("down")};
    const bool retried = !IsWrite(name) && name != "Health";
    EXPECT_EQ(run(client_, {}).ok(), retried) << name;
    EXPECT_EQ(stub_->calls.size(), retried ? 2u : 1u) << name;
  }
}

TEST_F(ConnectionImplTest, WritesAreRetriedWhereAskedFor) {
  for (const auto& [name, run] : Operations()) {
    if (!IsWrite(name)) continue;
    stub_->calls.clear();
    stub_->script = {absl::UnavailableError("down")};
    EXPECT_OK(run(client_, {.retry_writes = true})) << name;
    EXPECT_EQ(stub_->calls.size(), 2u) << name;
    EXPECT_EQ(stub_->calls[0].request, stub_->calls[1].request) << name;
  }
}

TEST_F(ConnectionImplTest, OtherErrorsAreNeverRetried) {
  for (const auto& [name, run] : Operations()) {
    stub_->calls.clear();
    stub_->script = {absl::ResourceExhaustedError("full")};
    EXPECT_STATUS(run(client_, {.retry_writes = true}),
                  absl::StatusCode::kResourceExhausted)
        << name;
    EXPECT_EQ(stub_->calls.size(), 1u) << name;
  }
}

TEST_F(ConnectionImplTest, EveryShortCallHasADeadlineOfTenSeconds) {
  for (const auto& [name, run] : Operations()) {
    if (name == "Scan" || name == "Flush" || name == "Compact") continue;
    stub_->calls.clear();
    ASSERT_OK(run(client_, {})) << name;
    EXPECT_EQ(stub_->calls[0].deadline,
              clock_.WallNow() + std::chrono::seconds(10))
        << name;
  }
}

TEST_F(ConnectionImplTest, CallWinsOverClientWinsOverDefault) {
  const Client client(
      MakeConnectionOver(stub_, &clock_),
      {.timeout = milliseconds(500), .durability = Durability::kOs});
  ASSERT_OK(client.Put("k", "v"));
  EXPECT_EQ(stub_->calls.back().deadline, clock_.WallNow() + milliseconds(500));
  EXPECT_EQ(stub_->LastRequest<v1::PutRequest>().durability(),
            v1::DURABILITY_OS);
  ASSERT_OK(client.Put("k", "v", {.timeout = milliseconds(7)}));
  EXPECT_EQ(stub_->calls.back().deadline, clock_.WallNow() + milliseconds(7));
  EXPECT_EQ(stub_->LastRequest<v1::PutRequest>().durability(),
            v1::DURABILITY_OS);
}

TEST_F(ConnectionImplTest, KeysAndValuesPassAsBytes) {
  const std::string key("\0/\xff%", 4);
  stub_->get_response.set_value(key);
  stub_->get_response.set_version(3);
  ASSERT_OK_AND_ASSIGN(const Value value, client_.Get(key));
  EXPECT_EQ(value, (Value{key, 3}));
  EXPECT_EQ(stub_->LastRequest<v1::GetRequest>().key(), key);
  ASSERT_OK_AND_ASSIGN(const uint64_t version, client_.Put(key, key));
  EXPECT_EQ(version, 7u);
  EXPECT_EQ(stub_->LastRequest<v1::PutRequest>().key(), key);
  EXPECT_EQ(stub_->LastRequest<v1::PutRequest>().value(), key);
  ASSERT_OK(client_.Delete(key));
  EXPECT_EQ(stub_->LastRequest<v1::DeleteRequest>().key(), key);
}

TEST_F(ConnectionImplTest, DeleteRangePassesRangeAndConsent) {
  ASSERT_OK(client_.DeleteRange(KeyRange::Prefix("p")));
  auto request = stub_->LastRequest<v1::DeleteRangeRequest>();
  EXPECT_EQ(request.range().prefix(), "p");
  EXPECT_FALSE(request.all());
  ASSERT_OK(client_.DeleteRange(KeyRange::All(), true));
  EXPECT_TRUE(stub_->LastRequest<v1::DeleteRangeRequest>().all());
}

TEST_F(ConnectionImplTest, PageComesWithItsToken) {
  stub_->scan_response.add_records()->set_key("a");
  stub_->scan_response.set_next_page_token("next");
  ASSERT_OK_AND_ASSIGN(const Page page, client_.ScanPage({}));
  ASSERT_EQ(page.records.size(), 1u);
  EXPECT_EQ(page.records[0].key, "a");
  EXPECT_EQ(page.next_page_token, "next");
}

TEST_F(ConnectionImplTest, CompactPassesItsRange) {
  ASSERT_OK(client_.Compact(KeyRange::Between("a", "b")));
  const auto request = stub_->LastRequest<v1::CompactRequest>();
  EXPECT_EQ(request.range().start_key(), "a");
  EXPECT_EQ(request.range().end_key(), "b");
}

TEST_F(ConnectionImplTest, AsyncCallsReportOnceAndAreNotRetried) {
  stub_->script = {absl::UnavailableError("down")};
  std::vector<absl::StatusOr<uint64_t>> results;
  const auto note = [&](absl::StatusOr<uint64_t> r) { results.push_back(r); };
  client_.AsyncPut("k", "v", note, {.retry_writes = true});
  client_.AsyncPut("k", "v", note);
  WriteBatch batch;
  batch.Put("a", "b");
  client_.AsyncWrite(batch, note);
  ASSERT_EQ(results.size(), 3u);
  EXPECT_STATUS(results[0], absl::StatusCode::kUnavailable);
  EXPECT_EQ(*results[1], 7u);
  EXPECT_EQ(*results[2], 7u);
  EXPECT_EQ(stub_->calls.size(), 3u);
}

TEST_F(ConnectionImplTest, AsyncGetGivesValueOrError) {
  stub_->get_response.set_value("v");
  stub_->script = {absl::OkStatus(), absl::NotFoundError("")};
  std::vector<absl::StatusOr<Value>> results;
  const auto note = [&](absl::StatusOr<Value> r) { results.push_back(r); };
  client_.AsyncGet("k", note);
  client_.AsyncGet("k", note);
  ASSERT_EQ(results.size(), 2u);
  ASSERT_OK(results[0]);
  EXPECT_EQ(results[0]->data, "v");
  EXPECT_STATUS(results[1], absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace lsmkv::client
