// PageTokens: makes and reads the tokens that continue a paged scan.
//
// A token is opaque and URL-safe. It carries where the scan stands, and is
// authenticated with a key that this process drew at random, so that a client
// can neither make one nor change one; it grants nothing that the request does
// not ask for.
//
// Threads: safe for concurrent use.

#ifndef LSMKV_SERVICE_CORE_PAGE_TOKEN_H_
#define LSMKV_SERVICE_CORE_PAGE_TOKEN_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "service/core/types.h"

namespace lsmkv::service {

// Where a paged scan stands.
struct ScanPosition {
  uint64_t snapshot_id = 0;  // in the SnapshotRegistry
  uint64_t remaining = 0;    // of the request's limit; 0: no limit
  std::string last_key;      // the last one examined
};

class PageTokens {
 public:
  PageTokens();

  // The token that continues `request` from `position`.
  std::string Make(const ScanRequest& request,
                   const ScanPosition& position) const;

  // Reads request.page_token. INVALID_ARGUMENT (INVALID_PAGE_TOKEN) where it
  // is not a token or belongs to another query; OUT_OF_RANGE
  // (SNAPSHOT_EXPIRED) where an earlier run of the server made it.
  absl::StatusOr<ScanPosition> Read(const ScanRequest& request) const;

 private:
  using Mac = std::array<unsigned char, 16>;
  Mac Sign(std::string_view bytes) const;
  // Stands for everything of a request that must not change between pages.
  Mac RequestHash(const ScanRequest& request) const;

  std::array<unsigned char, 32> key_;
  std::string instance_;  // public: tells the runs of a server apart
};

// The error of a token whose snapshot is gone.
absl::Status SnapshotExpired();

}  // namespace lsmkv::service

#endif  // LSMKV_SERVICE_CORE_PAGE_TOKEN_H_
