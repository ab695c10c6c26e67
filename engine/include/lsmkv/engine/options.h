// Options of the engine, for a store, a read and a write.
//
// Every field has a working default; none but those marked "fixed" must stay
// the same from one opening to the next.

#ifndef LSMKV_ENGINE_OPTIONS_H_
#define LSMKV_ENGINE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace lsmkv::engine {

class BlockCache;
class Env;
class EventListener;
class Logger;
class Snapshot;

// What an acknowledged write has survived by the time it is acknowledged.
enum class Durability : uint8_t {
  kSync,      // a power cut: fdatasync first, shared by all writes in flight
  kInterval,  // the death of the process; a power cut after sync_interval_ms
  kOs,        // the death of the process; the system syncs when it likes
};

// How tables are merged. Each suits a store better the more it is written to,
// and the less it is read and its disk is filled; engine/README.md compares
// them. A store may be opened in another style each time.
enum class CompactionStyle : uint8_t {
  kLeveled,       // few runs, a tenth of the disk for what is dead
  kTiered,        // many runs of like sizes, merged late: writes least
  kLazyLeveling,  // the same above one run that holds most of the data
};

enum class Compression : uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

struct Options {
  // --- What the store stands on; borrowed, must outlive the DB ---
  Env* env = nullptr;                 // null: Env::Posix()
  Logger* logger = nullptr;           // null: silent
  EventListener* listener = nullptr;  // null: nobody
  // Shared between stores; null: one of block_cache_bytes of its own.
  std::shared_ptr<BlockCache> block_cache;

  // --- Behaviour ---
  bool create_if_missing = true;
  // Refuses to open a store that is there already.
  bool error_if_exists = false;
  // The default for writes that name none.
  Durability durability = Durability::kSync;
  // False: for data that can be made again. Writes go to memory only, and what
  // is in no table yet is lost with the process; Flush, SyncWal and Close that
  // return OK have written all of it. What is left is always a prefix of the
  // writes; versions of lost ones are given again. `durability` must be kOs, of
  // the store and of every write, and promises nothing.
  bool log_writes = true;
  // With kInterval: the longest time a write stays unsynced. 1 or more.
  uint64_t sync_interval_ms = 100;
  // Logs whose data is flushed are kept until they exceed this many bytes;
  // 0 removes them at once.
  uint64_t wal_keep_bytes = 0;
  // The largest key and value in bytes. At most 64 KiB and 1 GiB.
  size_t key_bytes_max = 16 << 10;
  size_t value_bytes_max = 8 << 20;

  // --- Performance ---
  // A memtable is flushed when it holds this much, or half of it in values to
  // be separated, or, if nothing else is being flushed, a quarter of it in
  // those or in ascending order. Larger ones write less to disk in total and
  // recover slower. 64 KiB to 4 GiB; engine/README.md has the measurements
  // behind the default.
  size_t memtable_bytes = 64 << 20;
  // Memtables in all; writers wait when so many are full. 2 to 16.
  int memtables_max = 3;
  // Memory for data blocks, uncompressed. 0 keeps none.
  size_t block_cache_bytes = 64 << 20;
  // Where a block must come from the device, so much of what surrounds it, and
  // three times as much of what follows, is brought into the system's page
  // cache with it: faster by far while memory holds the data. Where it does
  // not, it stops by itself; 0 never begins, and spares a device that has no
  // bandwidth to give. At most 8 MiB.
  size_t read_around_bytes = 128 << 10;
  // Data block size before compression. 256 B to 4 MiB.
  size_t block_bytes = 4 << 10;
  // Values of this many bytes or more are written once, to files of their own,
  // which compactions leave alone: less is written, and a key is small. 0:
  // never. engine/README.md has the measurements behind the default.
  size_t value_separation_bytes = 4 << 10;
  // Filter bits per key; 10 gives about 1 % false positives. 0: no filter.
  int filter_bits_per_key = 10;
  // Of small batches in the log, with LZ4, where it makes them shorter. Where
  // `durability` is kOs, those of many writes together.
  bool compress_wal = true;
  // Of tables in all levels but the last, and in the last.
  Compression compression = Compression::kLz4;
  Compression compression_bottom = Compression::kLz4;
  CompactionStyle compaction_style = CompactionStyle::kLeveled;
  // Size at which a compaction starts another table. 64 KiB or more.
  uint64_t table_bytes = 32 << 20;
  // Every level is level_multiplier times smaller than the one below it; the
  // first has at least level_base_bytes.
  uint64_t level_base_bytes = 256 << 20;
  int level_multiplier = 10;
  // So many tables in L0 start a compaction if they hold as much as the level
  // they go to, and else three times as many: what is merged less often is
  // written less often. Writers slow down at 5 times and wait at 9 times
  // this. 2 or more. In the other styles so many tables in L0, or other runs of
  // like sizes, are always merged.
  int l0_trigger = 4;
  // Once nothing was written for so long, L0 is merged below the trigger too,
  // if it holds more than 1/level_multiplier of the level it goes to (not with
  // kTiered): reads and the disk then have one run less each. After that, what
  // was overwritten of separated values is collected. DB::WaitForIdle does not
  // wait for the time. 0: no such merge, and values are collected when nothing
  // is in memory.
  uint64_t idle_compaction_ms = 1000;
  // Threads that compact, beside the one that flushes, which has a second one
  // compress with it where values are large. 1 to 16.
  int compaction_threads = 1;

  // OK, or INVALID_ARGUMENT listing every field out of range.
  absl::Status Validate() const;
};

struct ReadOptions {
  // Read as of this snapshot; null: as of now. Must outlive the read.
  const Snapshot* snapshot = nullptr;
  // Iterators only: stay in [lower, upper). Empty: unbounded. Copied.
  std::string_view lower_bound;
  std::string_view upper_bound;
  // False keeps a large scan from displacing what others read often.
  bool fill_cache = true;
  // Iterators only: value() is empty, and no value is read that has a file of
  // its own.
  bool keys_only = false;
};

struct WriteOptions {
  // Unset: Options::durability.
  std::optional<Durability> durability;
};

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_OPTIONS_H_
