#include "engine/src/version/current_file.h"

#include <cstdio>

#include "engine/src/format/file_names.h"
#include "engine/src/util/deliberate_bug.h"
#include "engine/src/util/hash.h"
#include "engine/src/util/status.h"

namespace lsmkv::engine {
namespace {

constexpr size_t kCurrentBytesMax = 256;

std::string Content(uint64_t number) {
  const std::string name = ManifestName(number);
  char checksum[16];
  std::snprintf(checksum, sizeof(checksum), "%08x", Checksum32(name, 0));
  return name + " " + checksum + "\n";
}

}  // namespace

absl::StatusOr<uint64_t> ReadCurrent(Env* env, const std::string& dir) {
  const std::string path = CurrentPath(dir);
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<RandomAccessFile> file,
                         env->NewRandomAccessFile(path));
  char scratch[kCurrentBytesMax];
  LSMKV_ASSIGN_OR_RETURN(std::string_view content,
                         file->Read(0, sizeof(scratch), scratch));
  const ParsedName parsed = ParseFileName(content.substr(0, content.find(' ')));
  if (parsed.kind != FileKind::kManifest || content != Content(parsed.number)) {
    return DataLoss(path, 0, "it does not name a MANIFEST with its checksum");
  }
  return parsed.number;
}

absl::Status WriteCurrent(Env* env, const std::string& dir, uint64_t number) {
  const std::string temp = CurrentTempPath(dir);
  const absl::Status removed = env->RemoveFile(temp);
  if (!removed.ok() && !absl::IsNotFound(removed)) return removed;
  LSMKV_ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                         env->NewWritableFile(temp));
  LSMKV_RETURN_IF_ERROR(file->Append(Content(number)));
  LSMKV_RETURN_IF_ERROR(NeverRetried(file->Sync()));
  LSMKV_RETURN_IF_ERROR(file->Close());
  // A rename that fails for want of room has changed nothing (POSIX).
  LSMKV_RETURN_IF_ERROR(env->RenameFile(temp, CurrentPath(dir)));
  if (LSMKV_BUG("directory_of_current_not_synced")) return absl::OkStatus();
  // From here on a crash may show either name.
  return NeverRetried(env->SyncDir(dir));
}

}  // namespace lsmkv::engine
