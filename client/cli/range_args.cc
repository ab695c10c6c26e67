#include "client/cli/range_args.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"

#include "client/cli/escape.h"

namespace lsmkv::cli {
namespace {

// A bound from its option or its positional, decoded; empty if not given.
absl::StatusOr<std::string> BoundOf(const CommandContext& context,
                                    const ParsedArgs& args,
                                    std::string_view option, size_t position) {
  const std::optional<std::string> named = args.Get(option);
  const bool has_word = args.positionals.size() > position;
  if (named.has_value() && has_word) {
    return absl::InvalidArgumentError("--" + std::string(option) +
                                      " and an argument exclude each other");
  }
  if (named.has_value()) return context.Key({*named, true});
  if (has_word) return context.Key(args.positionals[position]);
  return std::string();
}

}  // namespace

absl::StatusOr<client::KeyRange> RangeOf(const CommandContext& context,
                                         const ParsedArgs& args) {
  absl::StatusOr<std::string> start = BoundOf(context, args, "start", 0);
  if (!start.ok()) return start.status();
  absl::StatusOr<std::string> end = BoundOf(context, args, "end", 1);
  if (!end.ok()) return end.status();
  const std::optional<std::string> prefix = args.Get("prefix");
  if (!prefix.has_value()) {
    if (!end->empty() && *start >= *end) {
      return absl::InvalidArgumentError("the range is empty: its end '" +
                                        Escape(*end) + "' is not behind '" +
                                        Escape(*start) + "'");
    }
    return client::KeyRange::Between(*std::move(start), *std::move(end));
  }
  if (!start->empty() || !end->empty()) {
    return absl::InvalidArgumentError("--prefix excludes start and end");
  }
  absl::StatusOr<std::string> bytes = context.Key({*prefix, true});
  if (!bytes.ok()) return bytes.status();
  return client::KeyRange::Prefix(*std::move(bytes));
}

std::string DescribeRange(const client::KeyRange& range) {
  if (!range.prefix.empty()) {
    return "the keys that start with '" + Escape(range.prefix) + "'";
  }
  std::string text = "every key";
  if (!range.start.empty()) text += " from '" + Escape(range.start) + "' on";
  if (!range.end.empty()) text += " before '" + Escape(range.end) + "'";
  return text;
}

}  // namespace lsmkv::cli
