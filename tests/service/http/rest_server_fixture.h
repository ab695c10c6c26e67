// RestServerTest: a RestServer on a free port over a store in memory.

#ifndef LSMKV_TESTS_SERVICE_HTTP_REST_SERVER_FIXTURE_H_
#define LSMKV_TESTS_SERVICE_HTTP_REST_SERVER_FIXTURE_H_

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "lsmkv/engine/mutex.h"
#include "service/core/kv_core.h"
#include "service/http/rest_server.h"
#include "service/observability/rest_observer.h"
#include "tests/service/http/raw_client.h"
#include "tests/support/mem_store.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::service {

// Keeps what it is told, as "METHOD ROUTE STATUS".
class RecordingObserver : public RestObserver {
 public:
  void OnRequest(std::string_view route, std::string_view method, int status,
                 double seconds) override {
    engine::MutexLock lock(&mu_);
    EXPECT_GE(seconds, 0);
    requests_.push_back(std::string(method) + " " + std::string(route) + " " +
                        std::to_string(status));
  }
  std::vector<std::string> requests() {
    engine::MutexLock lock(&mu_);
    return requests_;
  }

 private:
  engine::Mutex mu_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mu_);
};

// Counts the writes that have come to it, held or not.
class CountingStore : public testing::MemStore {
 public:
  void Write(WriteRequest request, WriteDone done) override {
    MemStore::Write(std::move(request), std::move(done));
    ++writes_;
  }
  int writes() const { return writes_; }

 private:
  std::atomic<int> writes_ = 0;
};

class RestServerTest : public ::testing::Test {
 protected:
  RestServerTest() { options_.listen = "127.0.0.1:0"; }

  void StartServer(const Limits& limits = Limits()) {
    core_ = std::make_unique<KvCore>(&store_, limits);
    ASSERT_OK_AND_ASSIGN(server_,
                         RestServer::Start(options_, core_.get(), &observer_));
  }
  std::string address() const { return server_->address(); }

  void Put(std::string key, std::string value) {
    WriteRequest write;
    write.operations.push_back(
        {Operation::Kind::kPut, std::move(key), std::move(value)});
    store_.Write(std::move(write),
                 [](absl::StatusOr<uint64_t> version) { ASSERT_OK(version); });
  }

  // Waits for what another thread brings about; false after ten seconds.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto patience =
        std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static std::string Get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  static std::string Post(const std::string& target, const std::string& body,
                          const std::string& headers = "") {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  CountingStore store_;
  RecordingObserver observer_;
  RestServerOptions options_;
  std::unique_ptr<KvCore> core_;
  std::unique_ptr<RestServer> server_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_TESTS_SERVICE_HTTP_REST_SERVER_FIXTURE_H_
