// The WritableFile of Env::Posix(): pwrite, and a mapped window for data that
// is not to be synced soon.

#ifndef LSMKV_ENGINE_SRC_IO_POSIX_WRITABLE_FILE_H_
#define LSMKV_ENGINE_SRC_IO_POSIX_WRITABLE_FILE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "engine/src/io/append_window.h"
#include "engine/src/io/posix_fd.h"
#include "lsmkv/engine/env.h"

namespace lsmkv::engine {

class PosixWritableFile final : public WritableFile {
 public:
  // `fd`: a new file, open for reading too, since it may be mapped.
  PosixWritableFile(std::string path, UniqueFd fd);
  ~PosixWritableFile() override;

  absl::Status Append(std::string_view data) override;
  absl::Status AppendUnsynced(std::string_view data) override;
  absl::Status AppendZeros(uint64_t bytes) override;
  absl::Status Overwrite(uint64_t offset, std::string_view data) override;
  absl::Status Sync() override;
  void StartSync() override;
  absl::Status AppendDurably(std::string_view data) override;
  absl::Status StartAnew(const std::string& path) override;
  absl::Status Preallocate(uint64_t bytes) override;
  void Discard(uint64_t offset, uint64_t bytes) override;
  absl::Status Close() override;

 private:
  absl::Status CheckOpen() const;
  // Adds what it has written to `*written_bytes`, at first 0.
  absl::Status WriteAt(uint64_t offset, std::string_view data,
                       uint64_t* written_bytes);
  // Writes zeros behind what was appended, where that makes syncs cheaper.
  void WriteZerosAhead();
  void CountUnsynced(uint64_t bytes);
  // Gives back what lies behind the last appended byte: 0, or -1 and errno.
  int CutReserve();

  std::string path_;
  UniqueFd fd_;
  // What was appended, even in part. Not read by Sync, which may run beside
  // Append.
  uint64_t size_bytes_ = 0;
  uint64_t sync_started_ = 0;  // up to here, by StartSync
  uint64_t reserved_end_ = 0;  // what lies before it is allocated
  uint64_t zeroed_end_ = 0;    // zeros were written ahead up to here
  bool has_reserve_ = false;
  bool writes_in_place_ = false;  // the file system does, as far as is known
  AppendWindow window_;
  // The file is mapped no more once it has been synced after a mapping: see
  // AppendWindow. Set by Sync, too.
  std::atomic<bool> was_mapped_{false};
  std::atomic<bool> maps_no_more_{false};
  // Appended since the last sync, and how many syncs in a row had little to do.
  // Hints, set by Sync, too.
  std::atomic<uint64_t> unsynced_bytes_{0};
  std::atomic<int> small_syncs_{0};

  // --- Of the user of Overwrite ---
  AppendWindow overwritten_;
  bool overwrites_mapped_ = true;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_POSIX_WRITABLE_FILE_H_
