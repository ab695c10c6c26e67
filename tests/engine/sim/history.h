// History: what concurrent clients did to one opening of a store and what they
// saw, and whether the two go together.
//
// Every acknowledged write has a version, so that the writes in the order of
// their versions are the one true story. A read at a snapshot must show the
// state as of its version; any other read the state at some moment between its
// beginning, by when all that was acknowledged or seen before is there, and
// its end. A write that failed is never seen while the store stays open; what
// of it a later opening shows is for that to say, but it shows it whole.
//
// Keys are numbers here: their order is that of the real ones.
// Threads: one at a time.

#ifndef LSMKV_TESTS_ENGINE_SIM_HISTORY_H_
#define LSMKV_TESTS_ENGINE_SIM_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lsmkv::engine {

// One record as a reader sees it.
struct Seen {
  size_t key = 0;
  uint64_t version = 0;
  std::string value;

  friend bool operator==(const Seen& a, const Seen& b) {
    return a.key == b.key && a.version == b.version && a.value == b.value;
  }
};

struct WriteStep {
  size_t begin = 0;                  // the key
  size_t end = 0;                    // of a deleted range
  std::optional<std::string> value;  // of a put
};

struct WriteRecord {
  std::vector<WriteStep> steps;
  enum { kUnderWay, kAcknowledged, kFailed } state = kUnderWay;
  uint64_t version = 0;     // of the last step, if acknowledged
  uint64_t not_before = 0;  // its version is greater than this
};

// What a read asked for and got. A point read is a scan of one key.
struct ReadRecord {
  size_t begin = 0;  // the keys [begin, end)
  size_t end = 0;
  bool backwards = false;
  size_t limit = 0;
  std::optional<uint64_t> snapshot;
  uint64_t not_before = 0;  // it shows this version or a later one
  // None of the writes that began after so many. For an iterator to be set
  // when it was made; unset: when the read ends.
  std::optional<size_t> writes_begun;
  bool failed = false;  // what it saw before is right none the less
  std::vector<Seen> seen;
};

class History {
 public:
  // Begins with what the store holds, which is all durable.
  History(size_t keys, std::vector<Seen> contents, uint64_t version);

  // --- While it happens; references stay good ---
  WriteRecord& BeginWrite(std::vector<WriteStep> steps);
  void Acknowledge(WriteRecord* write, uint64_t version, bool durable);
  void Fail(WriteRecord* write);
  // A read that begins now. Its end is EndRead.
  ReadRecord BeginRead() const;
  void EndRead(ReadRecord read);
  size_t writes_begun() const { return writes_.size(); }
  // Whoever looks from now on sees `version`.
  uint64_t floor() const { return floor_; }
  void SawVersion(uint64_t version);
  // All acknowledged so far, to be given to MakeDurable when that succeeded.
  uint64_t acknowledged() const { return acknowledged_; }
  void MakeDurable(uint64_t version);

  uint64_t durable() const { return durable_; }
  uint64_t failures() const;

  // --- Afterwards ---
  // "" or what is wrong with the reads and the versions.
  std::string Check();
  // "" or why the store cannot hold this after it was opened again. `at_least`:
  // the version it must have reached.
  std::string CheckRecovered(const std::vector<Seen>& contents,
                             uint64_t version, uint64_t at_least);

 private:
  struct Change {
    uint64_t version;
    const std::string* value;  // null: deleted
  };
  using Changes = std::vector<std::vector<Change>>;  // of each key, in order

  void Apply(const WriteRecord& write, uint64_t version, Changes* to) const;
  // Sorts the acknowledged writes into changes_ and moments_.
  std::string Order();
  static const Change* Find(const Changes& changes, size_t key,
                            uint64_t version);
  std::vector<Seen> StateAt(const Changes& changes, uint64_t version) const;
  bool Fits(const ReadRecord& read, uint64_t version) const;
  std::string CheckRead(const ReadRecord& read) const;
  // True if what is seen of the versions after `from` can be by this write.
  static bool Explains(const WriteRecord& write, uint64_t from,
                       const std::vector<Seen>& contents);
  // Tries to fill the versions (from, to] with failed writes.
  bool Fill(const std::vector<Seen>& contents, uint64_t from, uint64_t to,
            std::vector<const WriteRecord*>* left, Changes* changes) const;

  const size_t keys_;
  const std::vector<Seen> base_;
  const uint64_t base_version_;
  uint64_t floor_;         // everybody sees this
  uint64_t acknowledged_;  // the greatest version
  uint64_t durable_;
  std::deque<WriteRecord> writes_;
  std::vector<ReadRecord> reads_;

  Changes changes_;
  std::vector<uint64_t> moments_;  // the versions between which nothing is
  std::vector<uint64_t> newest_;   // of the first n writes
};

// Short, for a message.
std::string Describe(const std::vector<Seen>& records);

}  // namespace lsmkv::engine

#endif  // LSMKV_TESTS_ENGINE_SIM_HISTORY_H_
