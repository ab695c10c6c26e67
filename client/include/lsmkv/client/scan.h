// ScanRange: the records of a scan as they arrive, an input range.
//
//   lsmkv::client::ScanRange range = client.Scan({.range = ...});
//   for (absl::StatusOr<Record>& record : range) {
//     if (!record.ok()) return record.status();
//     Use(record->key, record->value);
//   }
//
// An error is the range's last element; a range that ends without one was
// complete. All records belong to one snapshot, also over a long scan, and
// memory use does not grow with its length. A broken stream is not resumed,
// because the snapshot died with it: the error says so and the caller decides.
//
// Destroying a range before its end cancels the scan at the server.
//
// Threads: one thread at a time. Move-only; moving it invalidates iterators.

#ifndef LSMKV_CLIENT_SCAN_H_
#define LSMKV_CLIENT_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "lsmkv/client/types.h"

namespace lsmkv::client {

// Where a ScanRange gets its records. Implemented by the library, and by
// mocks; destroying it ends the scan.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // The next record, nullopt at the end, or the error that ended the scan.
  // Not called again after either of the latter two. May block.
  virtual absl::StatusOr<std::optional<Record>> Next() = 0;
  // The version of the snapshot being read; 0 until the first record arrived.
  virtual uint64_t snapshot_version() const { return 0; }
};

class ScanRange {
 public:
  class Iterator;

  // An empty range.
  ScanRange() = default;
  explicit ScanRange(std::unique_ptr<RecordSource> source)
      : source_(std::move(source)) {}
  ScanRange(ScanRange&&) = default;
  ScanRange& operator=(ScanRange&&) = default;
  ScanRange(const ScanRange&) = delete;
  ScanRange& operator=(const ScanRange&) = delete;

  // Waits for the first record. An input range: begin() goes on from where
  // the last iterator stood, it does not start again.
  Iterator begin();
  Iterator end();

  // The version of the snapshot being read; 0 until begin() was called, and
  // where the scan found nothing.
  uint64_t snapshot_version() const { return snapshot_version_; }

 private:
  void Advance();

  std::unique_ptr<RecordSource> source_;
  std::optional<absl::StatusOr<Record>> current_;
  uint64_t snapshot_version_ = 0;
};

class ScanRange::Iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = absl::StatusOr<Record>;
  using difference_type = std::ptrdiff_t;
  using pointer = value_type*;
  using reference = value_type&;

  Iterator() = default;

  // The element may be moved from. REQUIRES: not at the end.
  reference operator*() const { return *range_->current_; }
  pointer operator->() const { return &*range_->current_; }
  Iterator& operator++();
  void operator++(int) { ++*this; }

  friend bool operator==(const Iterator& a, const Iterator& b) {
    return a.range_ == b.range_;
  }
  friend bool operator!=(const Iterator& a, const Iterator& b) {
    return !(a == b);
  }

 private:
  friend class ScanRange;
  explicit Iterator(ScanRange* range) : range_(range) {}

  ScanRange* range_ = nullptr;  // null at the end
};

// A range over records that are there already, then `status` if it is an
// error. For tests and mocks.
ScanRange MakeScanRange(std::vector<Record> records,
                        absl::Status status = absl::OkStatus());

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SCAN_H_
