#include "client/cli/commands.h"

#include <set>

#include <gtest/gtest.h>

namespace lsmkv::cli {
namespace {

TEST(CommandsTest, EveryDocumentedCommandIsThereInAnyCase) {
  for (const char* name :
       {"set",    "get",    "delete",  "scan",        "stats", "batch",
        "import", "export", "bench",   "compact",     "help",  "exit",
        "SET",    "Get",    "DELETE",  "del",         "put",   "quit",
        "flush",  "health", "version", "delete-range"}) {
    EXPECT_NE(FindCommand(name), nullptr) << name;
  }
  EXPECT_EQ(FindCommand("DEL"), FindCommand("delete"));
  EXPECT_EQ(FindCommand("getx"), nullptr);
  EXPECT_EQ(FindCommand(""), nullptr);
}

TEST(CommandsTest, NamesAreUniqueAndEveryCommandRuns) {
  std::set<std::string_view> names;
  for (const Command& command : AllCommands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    for (const std::string_view alias : command.aliases) {
      EXPECT_TRUE(names.insert(alias).second) << alias;
    }
    EXPECT_NE(command.run, nullptr);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_LE(command.positionals_min, command.positionals_max);
  }
}

TEST(CommandsTest, OptionsOfACommandAreUnique) {
  for (const Command& command : AllCommands()) {
    std::vector<OptionSpec> options = command.options;
    options.insert(options.end(), CommonOptions().begin(),
                   CommonOptions().end());
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const OptionSpec& option : options) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name;
      if (option.letter != 0) {
        EXPECT_TRUE(letters.insert(option.letter).second) << option.name;
      }
    }
  }
}

TEST(CommandsTest, AnUnknownNameGetsASuggestion) {
  EXPECT_EQ(UnknownCommand("GTE"), "unknown command 'GTE', did you mean get?");
  EXPECT_EQ(UnknownCommand("\x1b[0mfrobnicate"),
            "unknown command '\\x1b[0mfrobnicate'; help lists them");
}

TEST(CommandsTest, CompletesNamesThenOptions) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(Completions("ex"), (Words{"exit", "export"}));
  EXPECT_EQ(Completions("  EXP"), Words{"export"});
  EXPECT_EQ(Completions("zz"), Words{});
  EXPECT_EQ(Completions("scan --re"), Words{"--reverse"});
  EXPECT_EQ(Completions("scan a"), Words{});
  EXPECT_EQ(Completions("zz --re"), Words{});
  EXPECT_GT(Completions("").size(), 15u);
}

}  // namespace
}  // namespace lsmkv::cli
