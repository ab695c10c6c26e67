// Iterator: walks the live records of a store in key order, either way.
//
// An iterator sees one snapshot: the one it was given, or the moment it was
// made. It holds on to the files of that moment, so a long-lived one keeps
// their space from being freed.
//
// Threads: one thread at a time. Must be destroyed before its DB.
// Errors: after any move, Valid() == false means the end, or an error;
// status() tells which. An error is never hidden behind a further record.

#ifndef LSMKV_ENGINE_ITERATOR_H_
#define LSMKV_ENGINE_ITERATOR_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::engine {

class DbIterator;  // engine/src/iter/db_iterator.h

class Iterator {
 public:
  explicit Iterator(std::unique_ptr<DbIterator> impl);
  ~Iterator();
  Iterator(const Iterator&) = delete;
  Iterator& operator=(const Iterator&) = delete;

  // True if the iterator stands on a record. A new iterator does not.
  bool Valid() const;

  // Moves to the first or last record within the bounds.
  void SeekToFirst();
  void SeekToLast();
  // Moves to the first record at or after `key`.
  void Seek(std::string_view key);
  // Moves to the last record at or before `key`.
  void SeekForPrev(std::string_view key);

  // REQUIRES: Valid().
  void Next();
  void Prev();

  // The record's key and value; the views live until the next move.
  // REQUIRES: Valid().
  std::string_view key() const;
  std::string_view value() const;
  // The version of the write that made the record. REQUIRES: Valid().
  uint64_t version() const;

  // OK, or what stopped the iterator (DATA_LOSS, INTERNAL).
  absl::Status status() const;

 private:
  std::unique_ptr<DbIterator> impl_;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_ITERATOR_H_
