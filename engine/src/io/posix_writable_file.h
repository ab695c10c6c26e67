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
  absl::Status Sync() override;
  absl::Status Preallocate(uint64_t bytes) override;
  absl::Status Close() override;

 private:
  absl::Status CheckOpen() const;
  // Gives back what lies behind the last appended byte: 0, or -1 and errno.
  int CutReserve();

  const std::string path_;
  UniqueFd fd_;
  // What was appended, even in part. Not read by Sync, which may run beside
  // Append.
  uint64_t size_bytes_ = 0;
  uint64_t reserved_end_ = 0;  // what lies before it is allocated
  bool has_reserve_ = false;
  AppendWindow window_;
  // The file is mapped no more once it has been synced after a mapping: see
  // AppendWindow. Set by Sync, too.
  std::atomic<bool> was_mapped_{false};
  std::atomic<bool> maps_no_more_{false};
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_IO_POSIX_WRITABLE_FILE_H_
