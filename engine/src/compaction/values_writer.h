// ValuesWriter: writes values to one value file after another, and says where
// each of them is.
//
// The files are synced and opened; the caller syncs the directory. Until they
// are in a version they are removed again by Abandon.
// Threads: one.

#ifndef LSMKV_ENGINE_SRC_COMPACTION_VALUES_WRITER_H_
#define LSMKV_ENGINE_SRC_COMPACTION_VALUES_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/compaction/job_context.h"
#include "engine/src/format/value_ref.h"
#include "engine/src/table/value_builder.h"
#include "engine/src/version/value_meta.h"

namespace lsmkv::engine {

class ValuesWriter {
 public:
  // Another file is begun once one has grown to `file_bytes_max`.
  ValuesWriter(const JobContext& context, Compression compression,
               uint64_t file_bytes_max);
  ~ValuesWriter();

  absl::StatusOr<ValueRef> Add(const ValueRecord& record);
  // The same with a record that is compressed already.
  absl::StatusOr<ValueRef> AddStored(const StoredBlock& block);
  // The same with a value that is in `from`, without uncompressing it.
  absl::StatusOr<ValueRef> Move(const ValueMeta& from, const ValueRef& ref);

  // The finished files, durable but for their names, and open. Call once.
  absl::StatusOr<std::vector<std::shared_ptr<ValueMeta>>> Finish();
  // Removes all that was written.
  void Abandon();

  uint64_t written_bytes() const { return written_bytes_; }

 private:
  struct OpenFile;

  absl::Status MakeRoom();
  absl::Status FinishFile();
  // Where the value is that was written last.
  ValueRef LastRef() const;

  const JobContext context_;
  const Compression compression_;
  const uint64_t file_bytes_max_;
  std::unique_ptr<OpenFile> file_;
  std::vector<std::shared_ptr<ValueMeta>> files_;
  std::vector<std::string> paths_;
  std::string scratch_;
  uint64_t written_bytes_ = 0;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_COMPACTION_VALUES_WRITER_H_
