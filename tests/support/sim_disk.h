// SimFile and SimDir: what a disk and the page cache above it hold, as SimEnv
// sees them. See sim_env.h for the fault model.
//
// Threads: none of this is thread-safe; SimEnv guards it with its mutex.

#ifndef LSMKV_TESTS_SUPPORT_SIM_DISK_H_
#define LSMKV_TESTS_SUPPORT_SIM_DISK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random_seed.h"

namespace lsmkv {

// What a power cut leaves of the state that was not synced.
enum class CrashMode {
  // Nothing of it.
  kDropUnsynced,
  // Of each file a prefix of the unsynced bytes, cut at any byte; of each
  // directory a prefix of its pending operations.
  kKeepPrefix,
  // Of each file any set of its unsynced pages, some of them torn at sectors,
  // the others unwritten, under a size that has grown; of each directory any
  // set of its pending operations.
  kTornPages,
};

inline constexpr uint64_t kSimPageBytes = 4096;
inline constexpr uint64_t kSimSectorBytes = 512;

class SimFile {
 public:
  // What a reader sees now.
  const std::string& data() const { return data_; }
  // What is on disk for certain.
  const std::string& durable() const { return durable_; }

  // Adds to the end of what was appended, over reserved space if there is any.
  void Append(std::string_view bytes);
  // Makes sure that the file reaches `size` bytes, reading as zeros.
  void Reserve(uint64_t size);
  // Cuts what was reserved and not used.
  void TrimReserve();
  // How many bytes the file would grow by if `size` more were appended.
  uint64_t GrowthOf(uint64_t size) const;
  uint64_t appended_bytes() const { return appended_bytes_; }

  void Sync();
  // As Linux does it: the pages count as clean, and no later Sync writes them
  // unless they are written to again.
  void FailSync();

  // Sets the content, durably.
  void Set(std::string bytes);
  // Inverts the bits of `mask` in one byte, durably. REQUIRES: it exists.
  void FlipBits(uint64_t offset, uint8_t mask);

  // The content after a power cut.
  std::string AfterCrash(CrashMode mode, Random* rng) const;

 private:
  // Copies what data_ has in [begin, end) to the same place in `out`.
  void CopyRange(uint64_t begin, uint64_t end, std::string* out) const;
  std::string KeepPrefix(Random* rng) const;
  std::string TearPages(Random* rng) const;

  std::string data_;
  std::string durable_;
  std::set<uint64_t> dirty_pages_;
  uint64_t appended_bytes_ = 0;
  // appended_bytes_ as of the last Sync or FailSync.
  uint64_t clean_bytes_ = 0;
};

struct SimNode;
using SimNodeRef = std::shared_ptr<SimNode>;

class SimDir {
 public:
  using Entries = std::map<std::string, SimNodeRef>;

  // What a process sees now.
  const Entries& entries() const { return entries_; }
  const Entries& durable() const { return durable_; }

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
  Entries AfterCrash(CrashMode mode, Random* rng) const;

 private:
  // Sets `to` unless `node` is nullptr, and removes `from` unless it is empty.
  struct Op {
    std::string from;
    std::string to;
    SimNodeRef node;
  };

  static void Apply(const Op& op, Entries* entries);
  void Do(Op op);

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

// A copy of the tree under `root` as it may be after a power cut. The same
// tree, mode and seed give the same copy.
SimNodeRef CrashedTree(const SimNode& root, CrashMode mode, uint64_t seed);

// The bytes of all files that have a name in the tree under `root`.
uint64_t UsedBytes(const SimNode& root);

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_DISK_H_
