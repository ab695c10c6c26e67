#include "tests/support/sim_disk.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "engine/src/util/hash.h"

namespace lsmkv {
namespace {

using NodeMap = std::map<const SimNode*, SimNodeRef>;

SimNodeRef CrashNode(const SimNode& node, CrashMode mode, SimChoices* choices,
                     NodeMap* done) {
  // One node may be left under two names, when a later rename reached the
  // disk and an earlier one did not. Both then show the same content.
  SimNodeRef& copy = (*done)[&node];
  if (copy != nullptr) return copy;
  copy = std::make_shared<SimNode>();
  const SimNodeRef result = copy;  // the map may grow below
  result->is_dir = node.is_dir;
  if (!node.is_dir) {
    result->file = node.file.AfterCrash(mode, choices);
    return result;
  }
  for (const auto& [name, child] : node.dir.AfterCrash(mode, choices)) {
    result->dir.LinkDurably(name, CrashNode(*child, mode, choices, done));
  }
  return result;
}

SimNodeRef CloneNode(const SimNode& node, NodeMap* done) {
  SimNodeRef& copy = (*done)[&node];
  if (copy != nullptr) return copy;
  copy = std::make_shared<SimNode>();
  const SimNodeRef result = copy;
  result->is_dir = node.is_dir;
  result->file = node.file;
  result->dir = node.dir.Clone(
      [done](const SimNodeRef& child) { return CloneNode(*child, done); });
  return result;
}

}  // namespace

SimNodeRef SimDir::Find(const std::string& name) const {
  const auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : it->second;
}

void SimDir::Link(const std::string& name, SimNodeRef node) {
  Do(Op{"", name, std::move(node)});
}

void SimDir::Unlink(const std::string& name) { Do(Op{name, "", nullptr}); }

void SimDir::Rename(const std::string& from, const std::string& to) {
  if (from == to) return;
  Do(Op{from, to, Find(from)});
}

void SimDir::Sync() {
  durable_ = entries_;
  pending_.clear();
}

void SimDir::LinkDurably(const std::string& name, SimNodeRef node) {
  entries_[name] = node;
  durable_[name] = std::move(node);
  // What was pending for this name is overtaken.
  std::vector<Op> kept;
  for (Op& op : pending_) {
    if (op.from != name && op.to != name) kept.push_back(std::move(op));
  }
  pending_ = std::move(kept);
}

SimDir::Entries SimDir::AfterCrash(CrashMode mode, SimChoices* choices) const {
  Entries out = durable_;
  switch (mode) {
    case CrashMode::kDropUnsynced:
      break;
    case CrashMode::kKeepPrefix: {
      const uint64_t kept = choices->Pick(pending_.size() + 1);
      for (uint64_t i = 0; i < kept; ++i) Apply(pending_[i], &out);
      break;
    }
    case CrashMode::kTornPages:
      for (const Op& op : pending_) {
        if (choices->Flip()) Apply(op, &out);
      }
      break;
    case CrashMode::kAnyPages:
    case CrashMode::kAnyNames:
    case CrashMode::kTornSectors:
      ApplyShuffled(choices, &out);
      break;
    case CrashMode::kGrownFiles:
    case CrashMode::kEmptyFiles:
    case CrashMode::kKeepAll:
      return entries_;
  }
  return out;
}

SimDir SimDir::Clone(const MapNode& map) const {
  SimDir out;
  for (const auto& [name, node] : entries_) out.entries_[name] = map(node);
  for (const auto& [name, node] : durable_) out.durable_[name] = map(node);
  for (const Op& op : pending_) {
    out.pending_.push_back(
        {op.from, op.to, op.node == nullptr ? nullptr : map(op.node)});
  }
  return out;
}

void SimDir::Apply(const Op& op, Entries* entries) {
  if (!op.from.empty()) entries->erase(op.from);
  if (op.node != nullptr) (*entries)[op.to] = op.node;
}

void SimDir::Do(Op op) {
  Apply(op, &entries_);
  pending_.push_back(std::move(op));
}

void SimDir::ApplyShuffled(SimChoices* choices, Entries* entries) const {
  std::vector<const Op*> kept;
  for (const Op& op : pending_) {
    if (choices->Flip()) kept.push_back(&op);
  }
  while (!kept.empty()) {
    const auto next =
        kept.begin() + static_cast<std::ptrdiff_t>(choices->Pick(kept.size()));
    Apply(**next, entries);
    kept.erase(next);
  }
}

SimNodeRef CloneTree(const SimNode& root) {
  NodeMap done;
  return CloneNode(root, &done);
}

SimNodeRef CrashedTree(const SimNode& root, CrashMode mode,
                       SimChoices* choices) {
  NodeMap done;
  return CrashNode(root, mode, choices, &done);
}

SimNodeRef CrashedTree(const SimNode& root, CrashMode mode, uint64_t seed) {
  RandomChoices choices(seed);
  return CrashedTree(root, mode, &choices);
}

size_t PendingItems(const SimNode& root) {
  if (!root.is_dir) return root.file.dirty_pages();
  // Of removed files too: the removal is pending as well.
  std::set<const SimNode*> children;
  for (const auto* names : {&root.dir.entries(), &root.dir.durable()}) {
    for (const auto& [name, child] : *names) children.insert(child.get());
  }
  size_t items = root.dir.pending_ops();
  for (const SimNode* child : children) items += PendingItems(*child);
  return items;
}

uint64_t Fingerprint(const SimNode& root) {
  if (!root.is_dir) return engine::Hash64(root.file.durable(), 1);
  uint64_t hash = 2;
  for (const auto& [name, child] : root.dir.durable()) {
    hash = engine::Hash64(name, hash) ^ (Fingerprint(*child) * 31);
  }
  return hash;
}

uint64_t UsedBytes(const SimNode& root) {
  if (!root.is_dir) return root.file.data().size();
  uint64_t sum = 0;
  for (const auto& [name, child] : root.dir.entries()) sum += UsedBytes(*child);
  return sum;
}

}  // namespace lsmkv
