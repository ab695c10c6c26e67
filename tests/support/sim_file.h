// SimFile: the bytes of one file, as the page cache shows them and as the disk
// has them. See sim_env.h for the fault model.
//
// Threads: not thread-safe; SimEnv guards it with its mutex. A copy shares its
// bytes with the original until one of the two is written to, so that
// thousands of crash images cost little.

#ifndef LSMKV_TESTS_SUPPORT_SIM_FILE_H_
#define LSMKV_TESTS_SUPPORT_SIM_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/sim_choices.h"

namespace lsmkv {

// What a power cut leaves of the state that was not synced. The letters are
// those of the fault model that the crash tests follow.
enum class CrashMode {
  // A: nothing of it.
  kDropUnsynced,
  // B: of each file a prefix of the unsynced bytes, cut at any byte; of each
  // directory a prefix of its pending operations.
  kKeepPrefix,
  // Of each file any set of its unsynced pages, some of them torn at sectors,
  // the others unwritten, under a size that has grown; of each directory any
  // set of its pending operations.
  kTornPages,
  // C: of each file any set of its unsynced whole pages, whatever the order
  // they were written in; of each directory any operations in any order.
  kAnyPages,
  // D: every name and every size, but unsynced pages hold zeros or garbage.
  kGrownFiles,
  // E: of each directory any operations in any order, such as a removal
  // without the rename before it; of each file all or nothing.
  kAnyNames,
  // F: any set of the sectors of unsynced pages.
  kTornSectors,
  // H: every name, but nothing that was not synced in the files: a renamed
  // file is empty.
  kEmptyFiles,
  // Everything: the machine stays up and the process dies.
  kKeepAll,
};

inline constexpr CrashMode kAllCrashModes[] = {
    CrashMode::kDropUnsynced, CrashMode::kKeepPrefix, CrashMode::kTornPages,
    CrashMode::kAnyPages,     CrashMode::kGrownFiles, CrashMode::kAnyNames,
    CrashMode::kTornSectors,  CrashMode::kEmptyFiles, CrashMode::kKeepAll};

const char* CrashModeName(CrashMode mode);

inline constexpr uint64_t kSimPageBytes = 4096;
inline constexpr uint64_t kSimSectorBytes = 512;

// Bytes that copies share until they are written to.
class SharedBytes {
 public:
  SharedBytes() : bytes_(std::make_shared<std::string>()) {}
  explicit SharedBytes(std::string bytes)
      : bytes_(std::make_shared<std::string>(std::move(bytes))) {}
  SharedBytes(const SharedBytes& other) { *this = other; }
  SharedBytes& operator=(const SharedBytes& other);

  const std::string& get() const { return *bytes_; }
  // For a change; no copy sees it.
  std::string* Edit();

 private:
  std::shared_ptr<std::string> bytes_;
  // Whether another object may hold bytes_. Atomic because copies of one frozen
  // tree may be taken by several threads.
  mutable std::atomic<bool> shared_{false};
};

class SimFile {
 public:
  // What a reader sees now.
  const std::string& data() const { return data_.get(); }
  // What is on disk for certain.
  const std::string& durable() const { return durable_.get(); }

  // Adds to the end of what was appended, over reserved space if there is any.
  void Append(std::string_view bytes);
  // Puts `bytes` in the place of appended ones. False if there are none.
  bool Overwrite(uint64_t offset, std::string_view bytes);
  // Zeros all that was appended and begins at the start, within the same size.
  void StartAnew();
  // Makes sure that the file reaches `size` bytes, reading as zeros.
  void Reserve(uint64_t size);
  // Cuts what was reserved and not used.
  void TrimReserve();
  // How many bytes the file would grow by if `size` more were appended.
  uint64_t GrowthOf(uint64_t size) const;
  uint64_t appended_bytes() const { return appended_bytes_; }
  size_t dirty_pages() const { return dirty_pages_.size(); }

  void Sync();
  // The same, of the pages of [begin, end).
  void SyncRange(uint64_t begin, uint64_t end);
  // G: as Linux does it, the pages count as clean, and no later Sync writes
  // them unless they are written to again.
  void FailSync();
  // The system needs memory: pages that a failed sync left behind are dropped,
  // and readers see what the disk has.
  void EvictLostPages();

  // Sets the content, durably.
  void Set(std::string bytes);
  // Inverts the bits of `mask` in one byte, durably. REQUIRES: it exists.
  void FlipBits(uint64_t offset, uint8_t mask);

  // The content after a power cut.
  SimFile AfterCrash(CrashMode mode, SimChoices* choices) const;

 private:
  // Copies what data_ has in [begin, end) to the same place in `out`.
  void CopyRange(uint64_t begin, uint64_t end, std::string* out) const;
  void CopyPage(uint64_t page, std::string* out) const;
  std::string KeepPrefix(SimChoices* choices) const;
  std::string TearPages(SimChoices* choices) const;
  std::string KeepAnyPages(SimChoices* choices) const;
  std::string GrowOnly(SimChoices* choices) const;
  std::string TearSectors(SimChoices* choices) const;
  std::string KeepEverything() const;

  SharedBytes data_;
  SharedBytes durable_;
  std::set<uint64_t> dirty_pages_;
  // Those of dirty_pages_ that were overwritten, or zeroed by StartAnew: their
  // order among the others is anyone's guess, and no part of them is sure.
  std::set<uint64_t> overwritten_pages_;
  // Clean in the cache, but never written: a sync failed.
  std::set<uint64_t> lost_pages_;
  uint64_t appended_bytes_ = 0;
  // appended_bytes_ as of the last Sync or FailSync.
  uint64_t clean_bytes_ = 0;
};

}  // namespace lsmkv

#endif  // LSMKV_TESTS_SUPPORT_SIM_FILE_H_
