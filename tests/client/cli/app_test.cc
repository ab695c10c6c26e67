#include "client/cli/app.h"

#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::HasSubstr;

class AppTest : public CliTest {};

TEST_F(AppTest, TheEndpointComesFromFlagThenEnvironmentThenDefault) {
  Run({"limits"});
  EXPECT_EQ(endpoint, "127.0.0.1:50051");
  environment["LSMKV_ENDPOINT"] = "env:1";
  Run({"limits"});
  EXPECT_EQ(endpoint, "env:1");
  Run({"--endpoint", "flag:1", "limits"});
  EXPECT_EQ(endpoint, "flag:1");
  Run({"limits", "--endpoint=behind:1"});
  EXPECT_EQ(endpoint, "behind:1");
}

TEST_F(AppTest, AnUnknownCommandExits2WithASuggestion) {
  const Result result = Run({"gte", "a"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "lsmkv: unknown command 'gte', did you mean get?\n");
}

TEST_F(AppTest, AnUnknownOptionExits2) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--frob"},
                                             {"get", "a", "--frob"},
                                             {"-o", "xml", "get", "a"},
                                             {"get", "a", "-o"},
                                             {"--timeout=soon", "get", "a"},
                                             {"--endpoint=", "get", "a"}}) {
    const Result result = Run(words);
    EXPECT_EQ(result.code, 2) << words[0];
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, HasSubstr("--"));
  }
  EXPECT_EQ(connects, 0);
}

TEST_F(AppTest, ABadEnvironmentExits2ButHelpStillWorks) {
  environment["LSMKV_OUTPUT"] = "xml";
  const Result result = Run({"get", "a"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("LSMKV_OUTPUT"));
  EXPECT_EQ(Run({"--help"}).code, 0);
}

TEST_F(AppTest, OutputThatCannotBeWrittenIsAnError) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);
  App app;
  app.io.in = &in;
  app.io.out = &out;
  app.io.err = &err;
  app.environment = [](const std::string&) { return std::nullopt; };
  EXPECT_EQ(RunApp(app, {"version"}), ExitCode::kOther);
  EXPECT_THAT(err.str(), HasSubstr("could not be written"));
}

}  // namespace
}  // namespace lsmkv::cli
