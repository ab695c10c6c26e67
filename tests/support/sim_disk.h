// SimDir, SimNode and SimTree: the directories of a simulated disk, what is
// pending in them, and copies of the whole as it is or as a power cut leaves
// it. See sim_env.h for the fault model.
//
// Threads: none of this is thread-safe; SimEnv guards it with its mutex. A
// frozen tree (const) may be read by several threads.

#ifndef LSMKV_TESTS_SUPPORT_SIM_DISK_H_
#define LSMKV_TESTS_SUPPORT_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/sim_choices.h"
#include "tests/support/sim_file.h"

namespace lsmkv {

struct SimNode;
using SimNodeRef = std::shared_ptr<SimNode>;

class SimDir {
 public:
  using Entries = std::map<std::string, SimNodeRef>;
  using MapNode = std::function<SimNodeRef(const SimNodeRef&)>;

  // What a process sees now.
  const Entries& entries() const { return entries_; }
  const Entries& durable() const { return durable_; }
  // Creations, renames and removals that no sync has covered.
  size_t pending_ops() const { return pending_.size(); }

  // nullptr if there is no such name.
  SimNodeRef Find(const std::string& name) const;

  void Link(const std::string& name, SimNodeRef node);
  void Unlink(const std::string& name);
  // Atomic, and pending as one operation.
  void Rename(const std::string& from, const std::string& to);
  void Sync();

  // Makes one name durable whatever is pending.
  void LinkDurably(const std::string& name, SimNodeRef node);

  // The entries after a power cut; the nodes are this directory's own.
  Entries AfterCrash(CrashMode mode, SimChoices* choices) const;

  // The same directory, pending operations and all, over other nodes.
  SimDir Clone(const MapNode& map) const;

 private:
  // Sets `to` unless `node` is nullptr, and removes `from` unless it is empty.
  struct Op {
    std::string from;
    std::string to;
    SimNodeRef node;
  };

  static void Apply(const Op& op, Entries* entries);
  void Do(Op op);
  // Any of the pending operations, in any order.
  void ApplyShuffled(SimChoices* choices, Entries* entries) const;

  Entries entries_;
  Entries durable_;
  std::vector<Op> pending_;
};

// A file or a directory: one of the two is in use.
struct SimNode {
  bool is_dir = false;
  SimFile file;
  SimDir dir;
};

// A moment of a disk, with what is durable and what is not. Never changes.
using SimTree = std::shared_ptr<const SimNode>;

// A copy of everything under `root`, as it is.
SimNodeRef CloneTree(const SimNode& root);

// A copy of the tree under `root` as it may be after a power cut.
SimNodeRef CrashedTree(const SimNode& root, CrashMode mode,
                       SimChoices* choices);
// The same tree, mode and seed give the same copy.
SimNodeRef CrashedTree(const SimNode& root, CrashMode mode, uint64_t seed);

// Unsynced pages and pending directory operations under `root`.
size_t PendingItems(const SimNode& root);

// Equal for trees with equal durable names and contents, and hardly ever for
// others.
uint64_t Fingerprint(const SimNode& root);

// The bytes of all files that have a name in the tree under `root`.
uint64_t UsedBytes(const SimNode& root);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_DISK_H_
