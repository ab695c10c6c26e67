// The names of the files of a store.
//
//   CURRENT           which MANIFEST is in force
//   MANIFEST-000005   the log of changes to the set of tables and logs
//   000006.wal        a write-ahead log
//   000007.sst        a table
//   000008.val        a value file
//   LOCK              held by the process that has the store open

#ifndef LSMKV_ENGINE_SRC_FORMAT_FILE_NAMES_H_
#define LSMKV_ENGINE_SRC_FORMAT_FILE_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace lsmkv::engine {

enum class FileKind {
  kUnknown,
  kCurrent,
  kCurrentTemp,
  kManifest,
  kWal,
  kTable,
  kValues,
  kLock
};

std::string CurrentPath(const std::string& dir);
std::string CurrentTempPath(const std::string& dir);
std::string LockPath(const std::string& dir);
std::string ManifestName(uint64_t number);
std::string ManifestPath(const std::string& dir, uint64_t number);
std::string WalPath(const std::string& dir, uint64_t number);
std::string TablePath(const std::string& dir, uint64_t number);
std::string ValuePath(const std::string& dir, uint64_t number);

struct ParsedName {
  FileKind kind = FileKind::kUnknown;
  uint64_t number = 0;
};
// kUnknown for any name that the functions above do not make.
ParsedName ParseFileName(std::string_view name);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_FORMAT_FILE_NAMES_H_
