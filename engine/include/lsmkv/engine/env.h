// Env: everything the engine asks of the world outside it.
//
// All files, directories, locks and clocks are reached through an Env, so that
// a simulated file system or a virtual clock can take its place. The engine
// never calls the operating system in any other way.
//
// Threads: an Env is safe for concurrent use. A WritableFile has one user at a
// time, except that Sync() may run beside Append(). A RandomAccessFile is safe
// for concurrent reads.
//
// Errors: every function returns absl::Status and never throws. The codes are
// NOT_FOUND (no such file), ALREADY_EXISTS, PERMISSION_DENIED,
// RESOURCE_EXHAUSTED (disk full, too many open files), FAILED_PRECONDITION
// (locked by another process) and INTERNAL (any other I/O error). Messages
// name the path.

#ifndef LSMKV_ENGINE_ENV_H_
#define LSMKV_ENGINE_ENV_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace lsmkv::engine {

// A file that is only ever read, at any offset.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;

  // Reads up to `n` bytes at `offset` into `scratch`, which must have room for
  // them and outlive the result. The result is shorter than `n` only where the
  // file ends; a short read of the system is continued, never taken as the end.
  virtual absl::StatusOr<std::string_view> Read(uint64_t offset, size_t n,
                                                char* scratch) const = 0;

  // Read, of bytes that are read this once: the system need not make room for
  // them in its memory. Where `offset`, `n` and `scratch` are multiples of
  // 4096, it may cost less.
  virtual absl::StatusOr<std::string_view> ReadOnce(uint64_t offset, size_t n,
                                                    char* scratch) const {
    return Read(offset, n, scratch);
  }

  // The size of the file in bytes, asked anew.
  virtual absl::StatusOr<uint64_t> Size() const = 0;

  // Tells the system that [offset, offset + n) will be read soon. A hint.
  virtual void ReadAhead(uint64_t offset, size_t n) const = 0;

  // The same as Read if all of the `n` bytes are in memory; nothing where the
  // device would have to be waited for, or the system cannot tell.
  virtual std::optional<std::string_view> ReadIfResident(
      uint64_t /*offset*/, size_t /*n*/, char* /*scratch*/) const {
    return std::nullopt;
  }
};

// A file that is written from its start to its end.
class WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Appends all of `data`, or fails. After a failure an unknown prefix of
  // `data` may be in the file. Appended bytes are seen by other processes and
  // survive the death of this one (but not a power cut: see Sync).
  virtual absl::Status Append(std::string_view data) = 0;

  // Append, for data that no Sync is to follow soon: the same, but it may cost
  // less.
  virtual absl::Status AppendUnsynced(std::string_view data) {
    return Append(data);
  }

  // Appends `bytes` zeros. Costs little where they are reserved.
  virtual absl::Status AppendZeros(uint64_t bytes) {
    return Append(std::string(static_cast<size_t>(bytes), '\0'));
  }

  // Puts `data` in the place of bytes that were appended before, from `offset`
  // on. Seen and safe like what is appended, and may run beside Append and
  // Sync, as long as nothing else overwrites the file. After a failure each
  // of the bytes may be the old or the new one.
  virtual absl::Status Overwrite(uint64_t offset, std::string_view data) = 0;

  // Makes every byte appended before the call durable, together with the
  // file's length (fdatasync). After a failure the state on disk is unknown:
  // never call Sync again on this file and believe the result.
  // The file's name is durable only after Env::SyncDir.
  virtual absl::Status Sync() = 0;

  // Reserves `bytes` behind the last appended one, so that later appends need
  // no allocation, until the file is closed. The file reads as
  // zeros past the last appended byte. A hint: lack of support is no error.
  virtual absl::Status Preallocate(uint64_t bytes) = 0;

  // Tells the system that a Sync is to follow: it may begin to write to the
  // device what was appended. A hint, which waits for nothing.
  virtual void StartSync() {}

  // Append and Sync, of these bytes alone.
  virtual absl::Status AppendDurably(std::string_view data) {
    if (absl::Status status = Append(data); !status.ok()) return status;
    return Sync();
  }

  // Makes another file of one that nobody needs any more: nothing is appended,
  // and all of its size is reserved, and reads as zeros. It costs less than a
  // new one, whose pages the system has to find, and spares giving back the
  // old. Not for a file that was synced after it was written to. Until a Sync
  // a power cut may bring back what was in it. `path` is what Env::RenameFile
  // is to make of its name. UNIMPLEMENTED, and nothing is done, where it is
  // not to be had.
  virtual absl::Status StartAnew(const std::string& path) {
    return absl::UnimplementedError(path);
  }

  // Gives back the space of `bytes` from `offset` on, all of them appended,
  // that nobody needs any more: each of them may read as zero then, or as it
  // was. A hint.
  virtual void Discard(uint64_t offset, uint64_t bytes) {
    static_cast<void>(offset);
    static_cast<void>(bytes);
  }

  // Cuts reserved space behind the last byte and closes. Does not sync.
  virtual absl::Status Close() = 0;
};

// Holds a lock from Env::LockFile until it is destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class Env {
 public:
  virtual ~Env() = default;

  // The operating system's own files and clocks. Lives for ever. Installs a
  // handler for SIGBUS with the first log that is mapped, and passes on what
  // is not its own; a program with a handler of its own installs it before.
  static Env* Posix();

  // Opens an existing regular file.
  virtual absl::StatusOr<std::unique_ptr<RandomAccessFile>> NewRandomAccessFile(
      const std::string& path) = 0;

  // Creates a new file; ALREADY_EXISTS if the name is taken, so that no file
  // is ever overwritten by mistake.
  virtual absl::StatusOr<std::unique_ptr<WritableFile>> NewWritableFile(
      const std::string& path) = 0;

  // The names (not paths) in a directory, in no order, without "." and "..".
  virtual absl::StatusOr<std::vector<std::string>> ListDir(
      const std::string& path) = 0;

  virtual absl::StatusOr<bool> FileExists(const std::string& path) = 0;
  virtual absl::StatusOr<uint64_t> FileSize(const std::string& path) = 0;

  // Creates one directory with mode 0700. OK if it is there already.
  virtual absl::Status CreateDir(const std::string& path) = 0;
  // Makes the creations, renames and removals in a directory durable. With
  // RESOURCE_EXHAUSTED nothing was tried, since the directory could not be
  // opened; after any other error the state on disk is unknown.
  virtual absl::Status SyncDir(const std::string& path) = 0;
  // NOT_FOUND if it is absent.
  virtual absl::Status RemoveFile(const std::string& path) = 0;
  // Replaces `to` atomically. Durable after SyncDir.
  virtual absl::Status RenameFile(const std::string& from,
                                  const std::string& to) = 0;

  // Takes an exclusive lock, creating the file. Fails at once with
  // FAILED_PRECONDITION, naming the holder where it is known, if any other
  // process or any other caller in this one holds it.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> LockFile(
      const std::string& path) = 0;

  // Bytes that can still be written to the file system that holds `path`.
  virtual absl::StatusOr<uint64_t> FreeSpaceBytes(const std::string& path) = 0;

  // A clock that never goes back; its zero means nothing.
  virtual uint64_t MonotonicMicros() = 0;
  // Time since 1970-01-01 UTC. May jump either way.
  virtual uint64_t WallMicros() = 0;
  // Blocks the calling thread.
  virtual void SleepMicros(uint64_t micros) = 0;

  // 64 bits that nobody can foresee and no other call gets, so that what is
  // named by them is told from everything else; zero like any other number.
  virtual uint64_t RandomBits() = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_ENV_H_
