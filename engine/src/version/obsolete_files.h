// ObsoleteFiles: tables and value files that nothing needs any more.
//
// When one has left the newest version and its last version goes, it is handed
// over here for removal; never removed by the thread that happened to be last,
// which may be a reader. Threads: safe for any.

#ifndef LSMKV_ENGINE_SRC_VERSION_OBSOLETE_FILES_H_
#define LSMKV_ENGINE_SRC_VERSION_OBSOLETE_FILES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/src/format/file_names.h"
#include "lsmkv/engine/mutex.h"

namespace lsmkv::engine {

class ObsoleteFiles {
 public:
  void Add(ParsedName file) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    files_.push_back(file);
  }
  std::vector<ParsedName> Take() ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(&mu_);
    return std::exchange(files_, {});
  }

 private:
  Mutex mu_;
  std::vector<ParsedName> files_ ABSL_GUARDED_BY(mu_);
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_VERSION_OBSOLETE_FILES_H_
