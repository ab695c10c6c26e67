#include "client/cli/context.h"

#include "tests/client/cli/cli_fixture.h"
#include "tests/support/status_matchers.h"

namespace lsmkv::cli {
namespace {

class ContextTest : public CliTest {
 protected:
  absl::StatusOr<Settings> FromEnvironment() {
    Settings settings;
    absl::Status s = ApplyEnvironment(
        [this](const std::string& name) -> std::optional<std::string> {
          const auto it = environment.find(name);
          if (it == environment.end()) return std::nullopt;
          return it->second;
        },
        &settings);
    if (!s.ok()) return s;
    return settings;
  }
};

TEST_F(ContextTest, NothingSetMeansTheDefaults) {
  ASSERT_OK_AND_ASSIGN(const Settings settings, FromEnvironment());
  EXPECT_EQ(settings.endpoint, "127.0.0.1:50051");
  EXPECT_FALSE(settings.timeout.has_value());
  EXPECT_EQ(settings.output, OutputFormat::kText);
}

TEST_F(ContextTest, TheEnvironmentSetsEveryOption) {
  environment = {{"LSMKV_ENDPOINT", "h:1"},
                 {"LSMKV_TIMEOUT", "2m"},
                 {"LSMKV_OUTPUT", "ndjson"},
                 {"LSMKV_KEY_ENCODING", "hex"},
                 {"LSMKV_VALUE_ENCODING", "base64"}};
  ASSERT_OK_AND_ASSIGN(const Settings settings, FromEnvironment());
  EXPECT_EQ(settings.endpoint, "h:1");
  EXPECT_EQ(settings.timeout, std::chrono::minutes(2));
  EXPECT_EQ(settings.output, OutputFormat::kNdjson);
  EXPECT_EQ(settings.key_encoding, Encoding::kHex);
  EXPECT_EQ(settings.value_encoding, Encoding::kBase64);
}

TEST_F(ContextTest, ABadVariableIsNamed) {
  environment = {{"LSMKV_TIMEOUT", "soon"}};
  EXPECT_STATUS_CONTAINS(FromEnvironment(), absl::StatusCode::kInvalidArgument,
                         "LSMKV_TIMEOUT");
}

TEST_F(ContextTest, TimeoutsTakeUnitsAndBareSeconds) {
  const struct {
    const char* text;
    int64_t ms;
  } kCases[] = {{"500ms", 500}, {"10s", 10'000}, {"3", 3000},    {"0.5", 500},
                {"1us", 1},     {"0", 0},        {"2m", 120'000}};
  for (const auto& c : kCases) {
    environment["LSMKV_TIMEOUT"] = c.text;
    ASSERT_OK_AND_ASSIGN(const Settings settings, FromEnvironment());
    EXPECT_EQ(settings.timeout, std::chrono::milliseconds(c.ms)) << c.text;
  }
  for (const char* bad : {"-1s", "inf", "1x", ".", "1000000h"}) {
    environment["LSMKV_TIMEOUT"] = bad;
    EXPECT_STATUS(FromEnvironment(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace lsmkv::cli
