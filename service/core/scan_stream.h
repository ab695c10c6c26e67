// The two ways to read a range: a page of it, and all of it in chunks.
//
// Both stop in time where nobody waits for the answer any more, and hold no
// more in memory than one page or chunk.

#ifndef LSMKV_SERVICE_CORE_SCAN_STREAM_H_
#define LSMKV_SERVICE_CORE_SCAN_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "service/core/kv_core.h"
#include "service/core/store.h"
#include "service/core/types.h"

namespace lsmkv::service {

struct PageRequest {
  std::string_view key_contains;  // empty: every key
  bool keys_only = false;
  uint64_t records_max = 0;  // 1 or more
  uint64_t bytes_max = 0;
};

struct PageResult {
  std::vector<Record> records;
  bool at_end = false;
  std::string last_key;  // the last one examined; set unless at_end
};

// Reads one page from where `cursor` stands. Ends the page, with fewer records
// or none, also where a filter has made it examine very many keys.
absl::StatusOr<PageResult> ReadPage(const CallContext& context, Cursor* cursor,
                                    const PageRequest& request);

// A stream over all of `range`. `store` must outlive it.
std::unique_ptr<ScanStream> NewScanStream(Store* store, const KeyRange& range,
                                          const ScanRequest& request,
                                          uint64_t chunk_bytes);

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_SCAN_STREAM_H_
