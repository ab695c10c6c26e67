// DbIterator: turns the merge of internal entries into what a reader at one
// snapshot sees: the newest visible version of every key, without the deleted
// ones, within the bounds.
//
// It stands on the user key's newest visible entry when moving forward, and
// before all entries of the user key when moving backward (as the newest
// version of a key comes last then, key and value are saved).

#ifndef LSMKV_ENGINE_SRC_ITER_DB_ITERATOR_H_
#define LSMKV_ENGINE_SRC_ITER_DB_ITERATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "engine/src/format/range_tombstone.h"
#include "engine/src/format/value_ref.h"
#include "engine/src/iter/internal_iterator.h"

namespace lsmkv::engine {

class DbIterator {
 public:
  struct Config {
    SequenceNumber snapshot = 0;
    std::string lower_bound;  // empty: none
    std::string upper_bound;  // exclusive; empty: none
    // Every set of range deletions that may cover something, none empty.
    std::vector<const RangeTombstones*> tombstones;
    bool keys_only = false;  // value() is empty
    // Loads a value that the tables only refer to, which lives until the next
    // call; null: there are none. What it loads is the value of the entry that
    // the iterator comes to stand on: were it loaded when it is asked for, an
    // error could not be told.
    absl::AnyInvocable<absl::StatusOr<std::string_view>(
        const ValueRef& ref, std::string_view user_key,
        SequenceNumber sequence)>
        load_value;
    // Runs when the iterator goes: lets go of what it reads from.
    absl::AnyInvocable<void() &&> release;
  };

  DbIterator(std::unique_ptr<InternalIterator> entries, Config config);
  ~DbIterator();

  bool valid() const { return valid_; }
  void SeekToFirst();
  void SeekToLast();
  void Seek(std::string_view key);
  void SeekForPrev(std::string_view key);
  void Next();
  void Prev();
  std::string_view key() const;
  std::string_view value() const;
  uint64_t version() const { return version_; }
  absl::Status status() const;

 private:
  // From the current entry to the first that is visible and live, skipping
  // the user key in skip_key_ if `skip` is set.
  void FindForward(bool skip);
  // From the current entry backwards to the last user key that is live.
  void FindBackward();
  bool Covered(std::string_view user_key, SequenceNumber sequence) const;
  bool PastUpper(std::string_view user_key) const;
  bool BeforeLower(std::string_view user_key) const;
  void SeekInternal(std::string_view key);
  bool TypeIsKnown(uint64_t trailer);
  // Loads the value that `entry_value` refers to, or unpacks it, if the entry
  // is of such a type; false on error, and then not valid.
  bool HaveValue(std::string_view user_key, uint64_t trailer,
                 std::string_view entry_value);
  void Unpack(std::string_view packed);
  bool LoadValue(std::string_view user_key, SequenceNumber sequence,
                 std::string_view entry_value);

  std::unique_ptr<InternalIterator> entries_;
  Config config_;
  absl::Status status_;
  bool valid_ = false;
  bool forward_ = true;
  uint64_t version_ = 0;
  std::string seek_key_;
  std::string skip_key_;
  // The value, if it is not in the entry.
  std::optional<std::string_view> loaded_;
  std::string unpacked_;
  std::string saved_key_;    // backward only
  std::string saved_value_;  // backward only
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_ITER_DB_ITERATOR_H_
