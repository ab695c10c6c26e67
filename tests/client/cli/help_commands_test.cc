#include "client/cli/help_commands.h"

#include "client/cli/commands.h"
#include "tests/client/cli/cli_fixture.h"

namespace lsmkv::cli {
namespace {

using testing::HasSubstr;

class HelpCommandsTest : public CliTest {};

TEST_F(HelpCommandsTest, HelpNamesEveryCommandWithoutAConnection) {
  const Result result = Run({"help"});
  EXPECT_EQ(result.code, 0);
  for (const Command& command : AllCommands()) {
    EXPECT_THAT(result.out, HasSubstr("\n  " + std::string(command.name)));
  }
  EXPECT_EQ(Run({"--help"}).out, result.out);
  EXPECT_EQ(Run({"-h"}).out, result.out);
  EXPECT_EQ(connects, 0);
}

TEST_F(HelpCommandsTest, HelpOfACommandNamesItsOptions) {
  const Result result = Run({"help", "SCAN"});
  EXPECT_THAT(result.out, HasSubstr("Usage: lsmkv scan <prefix>\n"));
  EXPECT_THAT(result.out, HasSubstr("--reverse"));
  EXPECT_EQ(Run({"scan", "--help"}).out, result.out);
}

TEST_F(HelpCommandsTest, LinesFitATerminal) {
  std::string text = GeneralHelp();
  for (const Command& command : AllCommands()) text += CommandHelp(command);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 110u) << line;
  }
}

TEST_F(HelpCommandsTest, HelpOfNothingKnownIsAUsageError) {
  const Result result = Run({"help", "sacn"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean scan?"));
}

TEST_F(HelpCommandsTest, VersionIsPrinted) {
  EXPECT_EQ(Run({"version"}).out, VersionText() + "\n");
  EXPECT_EQ(Run({"--version"}).out, VersionText() + "\n");
  EXPECT_EQ(connects, 0);
}

}  // namespace
}  // namespace lsmkv::cli
