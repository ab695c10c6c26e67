// EngineStore: the Store over an embedded lsmkv::engine::DB.
//
// The only file of the service that calls the engine. Gives the engine's
// errors the reasons that clients can rely on (DISK_FULL, WRITES_STOPPED).

#ifndef LSMKV_SERVICE_CORE_ENGINE_STORE_H_
#define LSMKV_SERVICE_CORE_ENGINE_STORE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/engine/db.h"
#include "service/core/store.h"
#include "service/core/types.h"

namespace lsmkv::service {

class EngineStore : public Store {
 public:
  // Opens the store in `data_dir`. `options.key_bytes_max` is the longest key
  // of a record; the engine is given room for one byte more, for the bound
  // above every key.
  static absl::StatusOr<std::unique_ptr<EngineStore>> Open(
      const engine::Options& options, const std::string& data_dir);
  ~EngineStore() override;

  absl::StatusOr<Value> Get(std::string_view key,
                            const StoreSnapshot* snapshot) override;
  void Write(WriteRequest request, WriteDone done) override;
  std::unique_ptr<Cursor> Scan(const ScanOptions& options) override;
  std::unique_ptr<StoreSnapshot> GetSnapshot() override;
  absl::Status Flush() override;
  absl::Status Compact(const KeyRange& range) override;
  void CancelCompactions() override;
  absl::StatusOr<engine::VerifyProgress> Verify(
      const engine::VerifyOptions& options, VerifyFindingFn on_finding,
      VerifyProgressFn on_progress) override;
  engine::Stats GetStats() override;
  absl::Status Health() override;
  absl::Status Close() override;

 private:
  EngineStore(std::unique_ptr<engine::DB> db, size_t key_bytes_max);

  const std::unique_ptr<engine::DB> db_;
  // Above every key; the end of a range delete that has none.
  const std::string after_all_keys_;
};

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_ENGINE_STORE_H_
