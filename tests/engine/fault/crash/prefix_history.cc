#include "tests/engine/fault/crash/prefix_history.h"

#include <algorithm>
#include <utility>

#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kCheckpoint = 64;

uint64_t HashOf(const std::string& key, const std::string& value) {
  return Hash64(value, Hash64(key));
}

std::string Short(const std::string& bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 24)) {
    out += c >= ' ' && c <= '~' ? c : '.';
  }
  return Concat("\"", out, "\"(", bytes.size(), ")");
}

}  // namespace

WriteBatch ToBatch(const Edits& edits) {
  WriteBatch batch;
  for (const Edit& edit : edits) {
    switch (edit.kind) {
      case Edit::Kind::kPut:
        batch.Put(edit.key, edit.value);
        break;
      case Edit::Kind::kDelete:
        batch.Delete(edit.key);
        break;
      case Edit::Kind::kDeleteRange:
        batch.DeleteRange(edit.key, edit.value);
        break;
    }
  }
  return batch;
}

void Apply(const Edits& edits, Contents* contents) {
  for (const Edit& edit : edits) {
    switch (edit.kind) {
      case Edit::Kind::kPut:
        (*contents)[edit.key] = edit.value;
        break;
      case Edit::Kind::kDelete:
        contents->erase(edit.key);
        break;
      case Edit::Kind::kDeleteRange:
        contents->erase(contents->lower_bound(edit.key),
                        contents->lower_bound(edit.value));
        break;
    }
  }
}

uint64_t HashOf(const Contents& contents) {
  uint64_t sum = contents.size();
  for (const auto& [key, value] : contents) sum += HashOf(key, value);
  return sum;
}

void PrefixHistory::Add(uint64_t version, Edits edits) {
  MutexLock lock(&mu_);
  LSMKV_CHECK(prefixes_.empty());
  LSMKV_CHECK(commits_.emplace(version, std::move(edits)).second);
}

void PrefixHistory::Durable(uint64_t version) {
  MutexLock lock(&mu_);
  durable_version_ = std::max(durable_version_, version);
}

uint64_t PrefixHistory::durable_version() const {
  MutexLock lock(&mu_);
  return durable_version_;
}

size_t PrefixHistory::commits() const {
  MutexLock lock(&mu_);
  return commits_.size();
}

void PrefixHistory::BuildPrefixesLocked() {
  Contents state = base_;
  prefixes_.push_back({base_version_, HashOf(state)});
  checkpoints_.push_back(state);
  for (const auto& [version, edits] : commits_) {
    Apply(edits, &state);
    ordered_.push_back(&edits);
    prefixes_.push_back({version, HashOf(state)});
    if (ordered_.size() % kCheckpoint == 0) checkpoints_.push_back(state);
  }
}

Contents PrefixHistory::StateLocked(size_t prefix) const {
  const size_t checkpoint = prefix / kCheckpoint;
  Contents state = checkpoints_[checkpoint];
  for (size_t i = checkpoint * kCheckpoint; i < prefix; ++i) {
    Apply(*ordered_[i], &state);
  }
  return state;
}

::testing::AssertionResult PrefixHistory::Check(const Contents& contents,
                                                uint64_t version,
                                                uint64_t durable) {
  MutexLock lock(&mu_);
  if (prefixes_.empty()) BuildPrefixesLocked();
  if (version < durable) {
    return ::testing::AssertionFailure()
           << "recovered up to " << version << ", but " << durable
           << " was acknowledged as durable";
  }
  const auto found = std::lower_bound(
      prefixes_.begin(), prefixes_.end(), version,
      [](const Prefix& prefix, uint64_t v) { return prefix.version < v; });
  if (found == prefixes_.end() || found->version != version) {
    return ::testing::AssertionFailure()
           << "recovered up to " << version << ", which ends no commit";
  }
  const auto prefix = static_cast<size_t>(found - prefixes_.begin());
  if (HashOf(contents) == found->hash && contents == StateLocked(prefix)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << DescribeLocked(contents, prefix);
}

std::string PrefixHistory::DescribeLocked(const Contents& contents,
                                          size_t prefix) const {
  std::string out = Concat("the contents are not those after version ",
                           prefixes_[prefix].version, ".");
  const uint64_t hash = HashOf(contents);
  for (const Prefix& other : prefixes_) {
    if (other.hash == hash) {
      return out + Concat(" They are those after version ", other.version, ".");
    }
  }
  const Contents expected = StateLocked(prefix);
  for (const auto& [key, value] : expected) {
    const auto it = contents.find(key);
    if (it == contents.end()) {
      out += Concat(" Lacks ", Short(key), ".");
    } else if (it->second != value) {
      out += Concat(" Has ", Short(key), " as ", Short(it->second),
                    " instead of ", Short(value), ".");
    }
  }
  for (const auto& [key, value] : contents) {
    if (expected.count(key) == 0)
      out += Concat(" Should lack ", Short(key), ".");
  }
  return out.substr(0, 2000);
}

}  // namespace lsmkv::engine
