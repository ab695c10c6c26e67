// Ranges in arguments: [<start> [<end>]], or --prefix.

#ifndef LSMKV_CLIENT_CLI_RANGE_ARGS_H_
#define LSMKV_CLIENT_CLI_RANGE_ARGS_H_

#include <string>

#include "absl/status/statusor.h"

#include "client/cli/args.h"
#include "client/cli/context.h"
#include "lsmkv/client/types.h"

namespace lsmkv::cli {

inline constexpr OptionSpec kPrefixOption = {"prefix", 0, "PREFIX",
                                             "the keys that start with this"};
inline constexpr OptionSpec kStartOption = {"start", 0, "KEY",
                                            "the first key of the range"};
inline constexpr OptionSpec kEndOption = {"end", 0, "KEY",
                                          "the first key behind the range"};

// From the positionals <start> and <end>, the options of the same names, and
// --prefix, which excludes both. Nothing given is all keys. INVALID_ARGUMENT
// for an encoding that does not fit or a range that cannot hold a key.
absl::StatusOr<client::KeyRange> RangeOf(const CommandContext& context,
                                         const ParsedArgs& args);

// For questions and messages: `every key`, `the keys that start with 'a'`.
std::string DescribeRange(const client::KeyRange& range);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_RANGE_ARGS_H_
