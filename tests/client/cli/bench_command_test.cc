#include "client/cli/bench_command.h"

#include <atomic>

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

class BenchCommandTest : public CliTest {
 protected:
  BenchCommandTest() {
    ON_CALL(*store, Put(_, _, _))
        .WillByDefault([this](auto, auto value, const auto&) {
          ++puts;
          value_bytes = value.size();
          return uint64_t{1};
        });
    ON_CALL(*store, Get(_, _))
        .WillByDefault(
            [this](auto, const auto&) -> absl::StatusOr<client::Value> {
              if (++gets % 2 == 0) return absl::NotFoundError("");
              return client::Value{"v", 1};
            });
  }

  std::atomic<int> puts{0};
  std::atomic<int> gets{0};
  std::atomic<size_t> value_bytes{0};
};

TEST_F(BenchCommandTest, PutsAsOftenAsAsked) {
  const Result result =
      Run({"bench", "put", "-n", "500", "-c", "4", "--value-bytes", "7"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(puts, 500);
  EXPECT_EQ(gets, 0);
  EXPECT_EQ(value_bytes, 7u);
  EXPECT_THAT(result.out, HasSubstr("put: 500 operations in "));
  EXPECT_THAT(result.out, HasSubstr("latency: p50 "));
  EXPECT_THAT(result.out, HasSubstr(" ms, p99 "));
}

TEST_F(BenchCommandTest, GetsCountAbsentKeys) {
  const Result result = Run({"bench", "get", "-n", "100", "-o", "json"});
  EXPECT_EQ(gets, 100);
  EXPECT_EQ(puts, 0);
  EXPECT_THAT(result.out, HasSubstr("\"absent\":\"50\""));
}

TEST_F(BenchCommandTest, MixedDoesBoth) {
  EXPECT_EQ(Run({"bench", "-n", "1000", "-c", "3"}).code, 0);
  EXPECT_EQ(puts + gets, 1000);
  EXPECT_GT(puts, 300);
  EXPECT_GT(gets, 300);
}

TEST_F(BenchCommandTest, TheFirstErrorEndsIt) {
  ON_CALL(*store, Put(_, _, _))
      .WillByDefault(Return(absl::UnavailableError("gone")));
  EXPECT_EQ(Run({"bench", "put"}).code, 5);
}

TEST_F(BenchCommandTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Run({"bench", "update"}).code, 2);
  EXPECT_EQ(Run({"bench", "put", "-n", "0"}).code, 2);
  EXPECT_EQ(Run({"bench", "put", "-c", "5000"}).code, 2);
}

}  // namespace
}  // namespace lsmkv::cli
