// The options and arguments of one command.
//
// No general parser is used: keys and values are arbitrary bytes, and one that
// gives `{}`, `[a,b]` or a word that is also a command a meaning of its own
// stores something else than was asked for.

#ifndef LSMKV_CLIENT_CLI_ARGS_H_
#define LSMKV_CLIENT_CLI_ARGS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/cli/tokenizer.h"

namespace lsmkv::cli {

struct OptionSpec {
  std::string_view name;        // without the dashes
  char letter = 0;              // of the short form; 0: there is none
  std::string_view value_name;  // empty: a switch
  std::string_view help;
};

class ParsedArgs {
 public:
  // Words that are no options, in order. A word after `--` is literal.
  std::vector<Token> positionals;

  bool Has(std::string_view name) const;
  // The last value given.
  std::optional<std::string> Get(std::string_view name) const;
  // As a whole number of at least `least`, or INVALID_ARGUMENT.
  absl::StatusOr<uint64_t> GetCount(std::string_view name, uint64_t otherwise,
                                    uint64_t least = 1) const;

 private:
  friend class ArgsParser;
  std::map<std::string, std::string, std::less<>> options_;
};

// Where to stop.
enum class ParseUntil { kEnd, kFirstPositional };

// Reads `words` from *at on and leaves *at behind what was read. Options are
// `--name value`, `--name=value`, `-n value` and `-nvalue`; `-` and words such
// as `-5` are no options. INVALID_ARGUMENT names the offending word.
absl::StatusOr<ParsedArgs> ParseArgs(const std::vector<Token>& words,
                                     const std::vector<OptionSpec>& options,
                                     ParseUntil until, size_t* at);

// Decimal digits only.
absl::StatusOr<uint64_t> ParseCount(std::string_view text);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_ARGS_H_
