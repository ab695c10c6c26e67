// "Did you mean": the nearest of a few words.

#ifndef LSMKV_CLIENT_CLI_SUGGEST_H_
#define LSMKV_CLIENT_CLI_SUGGEST_H_

#include <string_view>
#include <vector>

namespace lsmkv::cli {

// The candidate with the fewest edits (insert, delete, replace, swap
// neighbours) from `word`; empty if none is within a third of its length.
std::string_view Nearest(std::string_view word,
                         const std::vector<std::string_view>& candidates);

}  // namespace lsmkv::cli

#endif  // LSMKV_CLIENT_CLI_SUGGEST_H_
